using System.Text.Json.Nodes;

namespace NeuralService.Tests.Versions;

/// <summary>Next month's table has a category and a class more; it trains under the same name, and callers are moved over while they predict.</summary>
public sealed class SecondMonthTests
{
    private const int Clients = 16;
    private const int PredictionsBefore = 20;

    private static readonly string[] Gardens = ["north", "south", "east"];

    [Fact]
    public async Task Production_moves_to_the_new_version_while_callers_predict()
    {
        await using var service = await Service.StartAsync();
        string[] lines = await File.ReadAllLinesAsync(TestData.Path("iris.csv"), TestContext.Current.CancellationToken);
        string[] rows = [.. lines.Skip(1).Select((line, i) => $"{Gardens[i % 3]},{line}")];
        (await service.Upload("garden", Csv(rows.Where(r => !r.StartsWith("east", StringComparison.Ordinal) && !r.EndsWith("virginica", StringComparison.Ordinal))))).Is(201);
        await service.Define("garden", """[ { "units": 16, "activation": "relu" }, { "activation": "softmax" } ]""");
        const string job = """
            { "network": "garden", "data": { "dataset": "garden", "target": "species" }, "epochs": 30, "optimizer": { "type": "adam", "learningRate": 0.01 }, "seed": 1 }
            """;
        Assert.Equal(1, (int?)(await service.Train(job))["version"]);
        (await service.Put("networks/garden/aliases/production", """{ "version": 1 }""")).Is(201);

        string[] bodies = [.. Enumerable.Range(0, Clients).Select(i => Body(rows[3 * i]))]; // of the north, which both versions know
        string[] first = await Answers("");
        Assert.All(first, a => Assert.Equal(2, Probabilities(a).Count));

        using var allAtWork = new CountdownEvent(Clients);
        var clients = bodies.Select((body, i) => Task.Run(() => PredictUntilMoved(body, first[i]))).ToArray();
        (await service.Replace("garden", Csv(rows))).Is(200);
        Assert.Equal(2, (int?)(await service.Train(job))["version"]);
        string[] second = await Answers("?version=2");
        Assert.Equal(first, await Answers(""));   // production has not moved
        await Task.Run(() => Assert.True(allAtWork.Wait(TimeSpan.FromSeconds(30))), TestContext.Current.CancellationToken);
        (await service.Put("networks/garden/aliases/production", """{ "version": 2 }""")).Is(200);
        Assert.Equal(second, await Answers(""));   // as soon as the move is acknowledged

        string[][] seen = await Task.WhenAll(clients);
        for (int i = 0; i < Clients; i++) Assert.Equal([first[i], second[i]], seen[i]);   // one after the other, to the byte, and nothing in between
        Assert.All(second, a =>
        {
            Assert.Equal(["setosa", "versicolor", "virginica"], Probabilities(a).Select(p => p.Key));
            Assert.InRange(Probabilities(a).Sum(p => (double)p.Value!), 1 - 1e-6, 1 + 1e-6);
        });
        Assert.Equal(first, await Answers("?version=1"));
        (await service.Predict("garden", Body(rows[2]), "?version=1")).Is(422);   // the first month knew no garden in the east
        (await service.Predict("garden", Body(rows[2]))).Is(200);

        Task<string[]> Answers(string query) => Task.WhenAll(bodies.Select(async body => (await service.Predict("garden", body, query)).Is(200).Text));

        // The different answers in the order in which they came, until the second one has come several times.
        async Task<string[]> PredictUntilMoved(string body, string before)
        {
            var different = new List<string>();
            for (int number = 0, moved = 0; moved < 5; number++)
            {
                string answer = (await service.Predict("garden", body)).Is(200).Text;
                if (different.Count == 0 || different[^1] != answer) different.Add(answer);
                if (answer != before) moved++;
                if (number == PredictionsBefore) allAtWork.Signal();
            }

            return [.. different];
        }
    }

    private static JsonObject Probabilities(string answer) => JsonNode.Parse(answer)!["predictions"]![0]!["probabilities"]!.AsObject();

    private static string Csv(IEnumerable<string> rows) => "garden,sepal_length,sepal_width,petal_length,petal_width,species\n" + string.Join('\n', rows) + "\n";

    private static string Body(string row) => row.Split(',') is var cells
        ? $$"""{ "rows": [{ "garden": "{{cells[0]}}", "sepal_length": {{cells[1]}}, "sepal_width": {{cells[2]}}, "petal_length": {{cells[3]}}, "petal_width": {{cells[4]}} }] }"""
        : "";
}
