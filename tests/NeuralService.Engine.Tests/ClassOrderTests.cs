namespace NeuralService.Engine.Tests;

/// <summary>Classes stand in numeric order where all of them are numbers, else in ordinal order.</summary>
public class ClassOrderTests
{
    [Theory]
    [InlineData("10,9,1", "1,9,10")]
    [InlineData("10,9,b", "10,9,b")]
    [InlineData("b,B,a,A", "A,B,a,b")]
    [InlineData("1e3,-2,0.5", "-2,0.5,1e3")]
    [InlineData("1.0,1,01", "01,1,1.0")]        // the same number: by text
    [InlineData("NaN,2,10", "10,2,NaN")]        // no number among numbers
    [InlineData("Infinity,2,10", "10,2,Infinity")]
    [InlineData("versicolor,setosa,virginica", "setosa,versicolor,virginica")]
    [InlineData("", "")]
    public void Sorted(string texts, string expected)
    {
        string[] given = texts.Split(',');
        var (sorted, indexes) = ClassOrder.Of(given);

        Assert.Equal(expected, string.Join(",", ClassOrder.Sort(given)));
        Assert.Equal(expected, string.Join(",", sorted));
        Assert.Equal(sorted, indexes.Select(i => given[i])); // where each came from
    }
}
