namespace NeuralService.Tests;

/// <summary>The tables under tests/data.</summary>
internal static class TestData
{
    private static readonly Lazy<string> Folder = new(() =>
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(at.FullName, "NeuralService.sln"))) at = at.Parent!;
        return System.IO.Path.Combine(at.FullName, "tests", "data");
    });

    public static string Path(string file) => System.IO.Path.Combine(Folder.Value, file);
}
