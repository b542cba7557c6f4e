using System.Reflection;
using System.Runtime.InteropServices;

namespace Warp.Tests;

public sealed class NativeBackendTests
{
    [Fact]
    public void It_may_be_called_again_and_from_several_threads()
    {
        Parallel.For(0, 16, _ =>
        {
            NativeBackend.Register();
            NativeBackend.EnsureLoaded();
        });
        using var tensor = TorchSharp.torch.ones(2);
        Assert.Equal(2, tensor.sum().item<float>());
    }

    [Fact]
    public void Other_libraries_are_none_of_its_business() =>
        Assert.Throws<DllNotFoundException>(() => NativeLibrary.Load("libwarp-there-is-no-such-library", Assembly.GetExecutingAssembly(), null));

    [Fact]
    public void The_build_registers_it_in_a_program_that_references_the_package() =>
        Assert.NotNull(typeof(NativeBackendTests).Assembly.GetType("Warp.Generated.WarpNativeBackendInitializer"));

    [Fact]
    public void The_exception_is_one_of_a_missing_library()
    {
        var inner = new InvalidOperationException();
        var failure = new NativeBackendException("which package", inner);
        Assert.IsType<DllNotFoundException>(failure, exactMatch: false);
        Assert.Equal(("which package", inner), (failure.Message, failure.InnerException));
        Assert.Equal("which package", new NativeBackendException("which package").Message);
        Assert.NotNull(new NativeBackendException().Message);
    }
}
