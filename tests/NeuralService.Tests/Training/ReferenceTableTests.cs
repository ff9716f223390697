namespace NeuralService.Tests.Training;

/// <summary>
/// Five real tables with fixed parts, one request each. The bars are a reference's mean over five seeds (scikit-learn's MLP with adam, 32 relu units, 300 epochs, 150 for digits), less
/// max(two standard errors, two deviations, two rows of the test part); for R², less max(two deviations, 0.02).
/// </summary>
public sealed class ReferenceTableTests(SharedService shared) : IClassFixture<SharedService>
{
    private static readonly int[] Seeds = [1, 2, 3, 4, 5];

    private Service Service => shared.Service;

    [Theory]
    [InlineData("iris", "species", "softmax", 100, 0.9266)]
    [InlineData("wine", "cultivar", "softmax", 60, 0.9111)]
    [InlineData("breast_cancer", "diagnosis", "softmax", 40, 0.9384)]
    [InlineData("digits", "digit", "softmax", 40, 0.9555)]
    [InlineData("diabetes", "progression", "linear", 40, 0.3756)]
    public async Task A_table_is_learned_as_well_as_elsewhere(string file, string target, string output, int epochs, double bar)
    {
        string name = file.Replace('_', '-'), score = output == "linear" ? "testR2" : "testAccuracy";
        string[] lines = await File.ReadAllLinesAsync(TestData.Path($"{file}.csv"), TestContext.Current.CancellationToken);
        string[] parts = [.. (await File.ReadAllLinesAsync(TestData.Path($"splits/{file}.csv"), TestContext.Current.CancellationToken)).Skip(1).Select(l => l.Split(',')[1])];
        foreach (string part in new[] { "train", "test" })
            (await Service.Upload($"{name}-{part}", string.Join('\n', lines.Skip(1).Where((_, row) => parts[row] == part).Prepend(lines[0])) + "\n")).Is(201);
        await Service.Define(name, $$"""[ { "units": 32, "activation": "relu" }, { "activation": "{{output}}" } ]""");

        var scores = new List<double>();
        foreach (int seed in Seeds)
        {
            var job = await Service.Train($$"""
                { "network": "{{name}}", "data": { "dataset": "{{name}}-train", "target": "{{target}}" }, "test": { "dataset": "{{name}}-test" }, "epochs": {{epochs}},
                  "optimizer": { "type": "adam", "learningRate": 0.003 }, "seed": {{seed}} }
                """);
            var metrics = (await Service.Version(name))["metrics"]!;
            Assert.Equal(job["metrics"]!.ToJsonString(), metrics.ToJsonString());
            Assert.True((double)metrics["testLoss"]! < (double)metrics["baseline"]!["testLoss"]!, metrics.ToJsonString());
            Assert.True((double)metrics[score]! > (double)metrics["baseline"]![score]!, metrics.ToJsonString());
            scores.Add((double)metrics[score]!);
        }

        TestContext.Current.SendDiagnosticMessage($"{file}: {score} {scores.Average():F4}, bar {bar}");
        Assert.True(scores.Average() >= bar, $"{string.Join(' ', scores)} is below {bar} on the whole");
    }
}
