using CsCheck;

namespace Warp.Tests;

public sealed class SlerpArithmeticTests
{
    /// <summary>A few roundings of numbers of size 1.</summary>
    private const double Rounding = 1e-15;

    [Fact]
    public void Known_weights()
    {
        AssertWeights(Math.PI / 2, 0.5, Math.Sqrt(0.5), Math.Sqrt(0.5));
        AssertWeights(Math.PI / 2, 1.0 / 3, Math.Sqrt(3) / 2, 0.5); // cos 30°, sin 30°
        AssertWeights(Math.PI / 3, 0.5, 1 / Math.Sqrt(3), 1 / Math.Sqrt(3)); // 1 / (2 cos 30°)
        AssertWeights(2 * Math.PI / 3, 0.5, 1, 1); // 1 / (2 cos 60°)
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-7)]
    [InlineData(Math.PI)]
    [InlineData(Math.PI - 1e-7)]
    public void Where_the_sine_is_too_small_the_weights_are_linear(double angle) =>
        Assert.Equal((0.75, 0.25), SlerpArithmetic.Weights(angle, 0.25));

    [Fact]
    public void The_ends_are_exact() => Gen.Double[0, Math.PI].Sample(angle =>
    {
        Assert.Equal((1.0, 0.0), SlerpArithmetic.Weights(angle, 0));
        Assert.Equal((0.0, 1.0), SlerpArithmetic.Weights(angle, 1));
    });

    [Fact]
    public void Turning_the_order_round_turns_the_weights_round() => Gen.Select(Gen.Double[0, 3], Gen.Int[0, 64]).Sample((angle, part) =>
    {
        // Multiples of 1/64, so that 1 − (1 − λ) = λ exactly.
        var (first, second) = SlerpArithmetic.Weights(angle, part / 64.0);
        Assert.Equal((second, first), SlerpArithmetic.Weights(angle, 1 - part / 64.0));
    });

    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(4, 1, 2, 0)]
    [InlineData(4, 9, 0, 90)]
    [InlineData(1, 1, 0.5, 60)]
    [InlineData(4, 4, -2, 120)]
    [InlineData(1, 16, -4, 180)]
    public void Known_angles(double squaredA, double squaredB, double inner, double degrees) =>
        Assert.Equal(degrees, SlerpArithmetic.Angle(squaredA, squaredB, inner) * (180 / Math.PI), 1e-13);

    [Theory]
    [InlineData(1e-150)]
    [InlineData(1e-200)]
    [InlineData(1e150)]
    [InlineData(1e200)]
    public void Angles_do_not_depend_on_the_length(double length) =>
        Assert.Equal(Math.PI / 3, SlerpArithmetic.Angle(length, length, length / 2), 1e-15);

    [Fact]
    public void An_inner_product_that_rounding_made_too_large_is_no_NaN()
    {
        Assert.Equal(0, SlerpArithmetic.Angle(1, 1, 1 + 1e-15));
        Assert.Equal(Math.PI, SlerpArithmetic.Angle(1, 1, -1 - 1e-15));
        Assert.Equal(0, SlerpArithmetic.Squared(new DoubleDouble[,] { { 1, -1 - 1e-15 }, { -1 - 1e-15, 1 } }, [1, 1]).High);
    }

    [Theory]
    [InlineData(1e-5)]
    [InlineData(1e-10)]
    [InlineData(1e-15)]
    public void Small_angles_and_those_near_180_keep_their_digits(double tangent)
    {
        // (1, 0) and (±1, tangent): the squared norm is 1 + tangent², the angle the arc tangent.
        var squared = DoubleDouble.Sum(1, 0) + DoubleDouble.Product(tangent, tangent);
        Assert.Equal(Math.Atan(tangent), SlerpArithmetic.Angle(1, squared, 1), 4e-16 * tangent);
        Assert.Equal(Math.PI - Math.Atan(tangent), SlerpArithmetic.Angle(1, squared, -1), 5e-16); // one unit in the last place of π
    }

    [Fact]
    public void A_fold_names_what_it_met()
    {
        Assert.Equal(MergeStepKind.Spherical, Kind(1, 1, 0));
        Assert.Equal(MergeStepKind.Parallel, Kind(1, 4, 2));
        Assert.Equal(MergeStepKind.Opposite, Kind(1, 4, -2));
        Assert.Equal(MergeStepKind.ZeroVector, Kind(0, 1, 0));
        Assert.Equal(MergeStepKind.ZeroVector, Kind(1, 0, 0));
        Assert.Equal(MergeStepKind.ZeroVector, Kind(0, 0, 0));

        static MergeStepKind Kind(double squaredA, double squaredB, double inner) =>
            Assert.Single(Fold(new DoubleDouble[,] { { squaredA, inner }, { inner, squaredB } }).Steps).Kind;
    }

    [Fact]
    public void Norm_ratios_are_of_what_has_been_merged_over_the_next()
    {
        Assert.Equal(2, Assert.Single(Fold(new DoubleDouble[,] { { 4.0, 0 }, { 0, 1.0 } }).Steps).NormRatio);
        Assert.Null(Assert.Single(Fold(new DoubleDouble[,] { { 4.0, 0 }, { 0, 0.0 } }).Steps).NormRatio);
        Assert.Equal(0, Assert.Single(Fold(new DoubleDouble[,] { { 0.0, 0 }, { 0, 1.0 } }).Steps).NormRatio);
    }

    [Fact]
    public void Three_orthogonal_vectors_of_one_length()
    {
        // slerp(1, 2, ½) = (1 + 2)/√2, of length 1 and at 90° to the third; then cos 30° and sin 30°.
        var (coefficients, steps) = Fold(new DoubleDouble[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } });
        var expected = Math.Cos(Math.PI / 6) / Math.Sqrt(2);
        Assert.Equal(expected, coefficients[0], Rounding);
        Assert.Equal(expected, coefficients[1], Rounding);
        Assert.Equal(0.5, coefficients[2], Rounding);
        Assert.All(steps, s => Assert.Equal(90, s.AngleDegrees!.Value, 1e-13));
    }

    [Fact]
    public void One_vector_is_left_alone()
    {
        var (coefficients, steps) = Fold(new DoubleDouble[,] { { 5 } });
        Assert.Equal([1], coefficients);
        Assert.Empty(steps);
    }

    private static void AssertWeights(double angle, double lambda, double first, double second)
    {
        var weights = SlerpArithmetic.Weights(angle, lambda);
        Assert.Equal(first, weights.First, Rounding);
        Assert.Equal(second, weights.Second, Rounding);
    }

    private static (double[] Coefficients, MergeStep[] Steps) Fold(DoubleDouble[,] gram) => SlerpArithmetic.Fold(gram, m => 1.0 / m, SlerpArithmetic.Weights);
}
