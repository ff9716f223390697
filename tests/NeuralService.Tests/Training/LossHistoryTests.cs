using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace NeuralService.Tests.Training;

/// <summary>The loss history: whole, thinned, as CSV, as a picture, of a job that runs.</summary>
public sealed class LossHistoryTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Data = "\"data\": { \"inputs\": [[0,0],[0,1],[1,0],[1,1],[0,2],[2,0],[2,2],[1,2],[2,1],[3,3]], \"labels\": [\"no\",\"yes\",\"yes\",\"no\",\"yes\",\"yes\",\"no\",\"yes\",\"yes\",\"no\"] }";

    private Service Service => shared.Service;

    [Fact]
    public async Task Every_epoch_is_kept_from_before_the_first_step_with_all_its_figures()
    {
        await TrainAsync("whole", "\"validation\": { \"fraction\": 0.2 }, \"epochs\": 40, \"optimizer\": { \"type\": \"adam\", \"learningRate\": 0.02 }, \"learningRateSchedule\": { \"type\": \"exponential\", \"factor\": 0.5 }");
        var history = (await Service.Get("training-jobs/latest/loss-history")).Is(200).Json;
        Assert.Equal("exact", (string?)history["historyKind"]);
        var items = history["items"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 41), items.Select(i => (int)i!["epoch"]!));
        Assert.Equal(["epoch", "trainingLoss", "validationLoss", "trainingAccuracy", "validationAccuracy", "learningRate", "gradientNorm", "seconds"], items[1]!.AsObject().Select(f => f.Key));
        Assert.Null(items[0]!["learningRate"]);
        Assert.Null(items[0]!["gradientNorm"]);
        Assert.Equal(0.02, (double)items[1]!["learningRate"]!, 1e-12);
        Assert.Equal(0.01, (double)items[2]!["learningRate"]!, 1e-12);
        Assert.All(items.Skip(1), i => Assert.True((double)i!["gradientNorm"]! > 0 && (double)i["validationLoss"]! > 0));
        Assert.Equal(items.Select(i => (double)i!["seconds"]!).Order(), items.Select(i => (double)i!["seconds"]!));
        Assert.Equal((double)items[40]!["trainingLoss"]!, (double)(await Service.Get("training-jobs/latest")).Json["metrics"]!["trainingLoss"]!, 1e-6);
    }

    [Fact]
    public async Task A_large_run_tells_the_mean_of_its_batches_unless_the_exact_loss_is_asked_for()
    {
        string inputs = string.Join(",", Enumerable.Range(0, 1000).Select(i => $"[{string.Join(",", Enumerable.Repeat(i % 2, 100))}]"));
        string labels = string.Join(",", Enumerable.Range(0, 1000).Select(i => i % 2 == 0 ? "\"a\"" : "\"b\""));
        await Service.Define("large", """[ { "units": 100, "activation": "relu" }, { "activation": "softmax" } ]""");
        string request = $$"""{ "network": "large", "data": { "inputs": [{{inputs}}], "labels": [{{labels}}] }, "epochs": 1, "seed": 1 }""";
        var mean = await Service.Train(request);
        var exact = await Service.Train(request.Replace("\"epochs\": 1", "\"epochs\": 1, \"exactHistory\": true"));
        var meanHistory = (await Service.Get($"training-jobs/{mean["id"]}/loss-history")).Json;
        var exactHistory = (await Service.Get($"training-jobs/{exact["id"]}/loss-history")).Json;
        Assert.Equal(("batchMean", "exact"), ((string?)meanHistory["historyKind"], (string?)exactHistory["historyKind"]));
        Assert.Equal((double)meanHistory["items"]![0]!["trainingLoss"]!, (double)exactHistory["items"]![0]!["trainingLoss"]!);
        Assert.True((double)meanHistory["items"]![1]!["trainingLoss"]! > (double)exactHistory["items"]![1]!["trainingLoss"]!);
        Assert.Equal((double)exact["metrics"]!["trainingLoss"]!, (double)exactHistory["items"]![1]!["trainingLoss"]!, 1e-9);
    }

    [Fact]
    public async Task Csv_holds_the_same_numbers()
    {
        await TrainAsync("csv", "\"epochs\": 30");
        var items = (await Service.Get("training-jobs/latest/loss-history")).Json["items"]!.AsArray();
        var csv = (await Get("text/csv")).Is(200);
        Assert.Equal("text/csv", csv.MediaType);
        string[] lines = csv.Text.TrimEnd('\n').Split('\n');
        Assert.Equal(string.Join(',', items[0]!.AsObject().Select(f => f.Key)), lines[0]);
        Assert.Equal(31, lines.Length - 1);
        foreach (var (line, item) in lines.Skip(1).Zip(items))
        {
            double?[] cells = [.. line.Split(',').Select(c => c.Length == 0 ? (double?)null : double.Parse(c, CultureInfo.InvariantCulture))];
            Assert.Equal(item!.AsObject().Select(f => (double?)f.Value), cells);
        }
    }

    [Fact]
    public async Task The_picture_is_well_formed_and_tells_what_it_shows()
    {
        await TrainAsync("picture", "\"validation\": { \"fraction\": 0.2 }, \"epochs\": 25, \"optimizer\": { \"type\": \"sgd\", \"learningRate\": 0.01 }");
        var (text, curves) = await PictureAsync();
        Assert.Contains("picture: loss by epoch", text);
        Assert.Contains("training", text);
        Assert.Contains("validation", text);
        Assert.Contains("epoch", text);
        Assert.Contains("loss", text);
        Assert.Equal(["first", "second"], curves.Select(c => c.Class));
        Assert.All(curves, c => Assert.Equal(26, c.Points));

        await TrainAsync("deep", "\"epochs\": 3000, \"optimizer\": { \"type\": \"adam\", \"learningRate\": 0.05 }, \"batchSize\": \"full\"", """[ { "units": 16, "activation": "tanh" }, { "activation": "softmax" } ]""");
        (text, curves) = await PictureAsync();
        Assert.Contains("loss (logarithmic)", text);
        Assert.DoesNotContain("validation", text);
        Assert.Equal(1000, Assert.Single(curves).Points);
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.8", "application/json")]
    [InlineData("text/csv", "text/csv")]
    [InlineData("TEXT/*", "text/csv")]
    [InlineData("image/avif, image/svg+xml, image/*, */*;q=0.8", "image/svg+xml")]
    [InlineData("text/csv;q=0.5, image/svg+xml;q=0.9", "image/svg+xml")]
    [InlineData("application/json;q=0, */*", "text/csv")]
    [InlineData("application/json;q=0.1, text/csv;q=0.1", "application/json")]
    public async Task The_form_follows_what_the_caller_accepts(string? accept, string form)
    {
        if ((await Service.Get("networks/forms")).Status == 404) await TrainAsync("forms", "\"epochs\": 2");
        string id = (string)(await Service.Get("training-jobs?network=forms")).Json["items"]![0]!["id"]!;
        var answer = (await Get(accept, $"training-jobs/{id}/loss-history")).Is(200);
        Assert.Equal(form, answer.MediaType);
        Assert.Contains("Accept", answer.Headers.Vary);
    }

    [Theory]
    [InlineData("text/html", "latest", "", 406)]
    [InlineData("application/json;q=0", "latest", "", 406)]
    [InlineData("*/*", "nothing", "", 404)]
    [InlineData("*/*", "latest", "?points=1", 422)]
    [InlineData("*/*", "latest", "?points=many", 400)]
    public async Task What_cannot_be_answered_is_refused(string accept, string id, string query, int status)
    {
        if ((await Service.Get("training-jobs/latest")).Status == 404) await TrainAsync("refused", "\"epochs\": 2");
        (await Get(accept, $"training-jobs/{id}/loss-history{query}")).Is(status);
    }

    [Fact]
    public async Task Thinning_keeps_the_ends_and_only_what_was_there()
    {
        var job = await TrainAsync("thin", "\"epochs\": 300, \"optimizer\": { \"type\": \"sgd\", \"learningRate\": 5 }");   // a restless curve
        var all = (await Service.Get("training-jobs/latest/loss-history")).Json["items"]!.AsArray();
        foreach (int points in new[] { 2, 3, 10, 299, 300, 301, 5000 })
        {
            var thin = (await Service.Get($"training-jobs/{job["id"]}/loss-history?points={points}")).Is(200).Json["items"]!.AsArray();
            Assert.Equal(Math.Min(points, 301), thin.Count);
            Assert.Equal((0, 300), ((int)thin[0]!["epoch"]!, (int)thin[^1]!["epoch"]!));
            Assert.All(thin, i => Assert.True(JsonNode.DeepEquals(i, all[(int)i!["epoch"]!])));
            Assert.Equal(thin.Select(i => (int)i!["epoch"]!).Order().Distinct(), thin.Select(i => (int)i!["epoch"]!));
        }
    }

    [Fact]
    public async Task The_history_of_a_running_job_has_no_gap_and_no_epoch_twice()
    {
        // Wide layers, so that an epoch takes a while: the whole history is read thirty times.
        await Service.Define("running", """[ { "units": 800, "activation": "relu" }, { "units": 800, "activation": "relu" }, { "activation": "softmax" } ]""");
        var job = await Service.Submit($$"""{ "network": "running", {{Data}}, "epochs": 10000000, "batchSize": 1, "optimizer": { "type": "sgd", "learningRate": 1e-6 } }""");
        await Service.Running(job);
        var waiting = await Service.Submit($$"""{ "network": "running", {{Data}}, "epochs": 1 }""");
        var early = (await Service.Get($"training-jobs/{waiting["id"]}/loss-history")).Is(200).Json;
        Assert.Equal("""{"items":[],"historyKind":null}""", early.ToJsonString());
        XDocument.Parse((await Get("image/svg+xml", $"training-jobs/{waiting["id"]}/loss-history")).Is(200).Text);

        double[] before = [];
        for (int i = 0; i < 30; i++)
        {
            double[] now = await Service.Losses(job);                    // asserts that the epochs are 0, 1, 2, …
            Assert.True(now.Length >= before.Length);
            Assert.Equal(before, now[..before.Length]);
            before = now;
        }

        (await Service.Post($"training-jobs/{job["id"]}/cancel", "")).Is(202);
        var ended = await Service.End(job);
        double[] whole = await Service.Losses(job);
        Assert.Equal((int)ended["progress"]!["epoch"]! + 1, whole.Length);
        Assert.Equal(before, whole[..before.Length]);
    }

    private async Task<JsonNode> TrainAsync(string network, string options, string layers = """[ { "units": 4, "activation": "tanh" }, { "activation": "softmax" } ]""")
    {
        await Service.Define(network, layers);
        return await Service.Train($$"""{ "network": "{{network}}", {{Data}}, "seed": 1, {{options}} }""");
    }

    private Task<Answer> Get(string? accept, string path = "training-jobs/latest/loss-history") =>
        Service.Send(HttpMethod.Get, path, null, accept is null ? [] : [("Accept", accept)]);

    private async Task<(string Text, (string Class, int Points)[] Curves)> PictureAsync()
    {
        var picture = (await Get("image/svg+xml")).Is(200);
        var svg = XDocument.Parse(picture.Text).Root!;
        XNamespace ns = "http://www.w3.org/2000/svg";
        string text = string.Join('|', svg.Elements(ns + "text").Select(t => t.Value));
        return (text, [.. svg.Elements(ns + "path").Select(p => ((string)p.Attribute("class")!, ((string)p.Attribute("d")!).Split('M', 'L').Length - 1))]);
    }
}
