namespace NeuralService.Tests.Client;

/// <summary>The story, told by a client that NSwag generated from the committed description (see the project file).</summary>
public sealed class GeneratedClientTests : IAsyncLifetime
{
    private static readonly string[] Measurements = ["petal_length", "petal_width"];

    private Service service = null!;
    private NeuralServiceClient client = null!;

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync();
        client = new NeuralServiceClient(service.Http);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task It_defines_uploads_trains_watches_predicts_and_names_a_version()
    {
        var network = await client.CreateNetworkAsync(new NetworkRequest
        {
            Name = "flowers",
            Layers = [new LayerRequest { Units = 8, Activation = Activation.LeakyRelu }, new LayerRequest { Activation = Activation.Softmax }],
            Tags = new Dictionary<string, string> { ["team"] = "garden" },
        });
        Assert.Equal(Loss.CrossEntropy, network.Loss);
        Assert.Null(network.Parameters);

        var table = await client.CreateDatasetAsync("flowers", Flowers());
        Assert.Equal(60, table.RowCount);
        Assert.Equal(["long", "short"], table.Columns.Single(c => c.Name == "species").Categories);

        var job = await client.SubmitTrainingJobAsync(new TrainingRequest
        {
            Network = "flowers",
            Data = new DataRequest { Dataset = "flowers", Target = "species" },
            Validation = new PartRequest { Fraction = 0.2, Stratify = true },
            Epochs = 30,
            BatchSize = "full",
            Optimizer = new OptimizerRequest { Type = OptimizerType.Adam, LearningRate = 0.1 },
            ClassWeights = new Dictionary<string, double> { ["long"] = 1, ["short"] = 1.5 },
            EarlyStopping = new EarlyStoppingRequest { Patience = 30 },
            Seed = 9007199254740991,
        });
        Assert.Equal(9007199254740991, job.Seed);
        job = await client.GetTrainingJobAsync(job.Id, wait: 60);
        Assert.Equal(("succeeded", 1, null), (job.Status, job.Version, job.Error));
        Assert.Equal(1, job.Metrics!.ValidationAccuracy);

        var history = await client.GetLossHistoryAsync(job.Id);
        Assert.Equal(Enumerable.Range(0, 31), history.Items.Select(i => i.Epoch));
        Assert.Null(history.Items.First().GradientNorm);

        await client.PutAliasAsync("flowers", "production", new AliasRequest { Version = 1 });
        var version = await client.GetVersionAsync("flowers", "production");
        Assert.Equal(Measurements, version.Signature.Inputs!.Select(i => i.Name));
        Assert.Equal(64, version.WeightsSha256.Length);

        var answer = await client.PredictAsync("flowers", new PredictionRequest { Rows = [new Dictionary<string, object> { ["petal_length"] = 5.5, ["petal_width"] = 2.0 }] });
        Assert.Equal("long", answer.Predictions.Single().Label);
        Assert.Equal(1, answer.Predictions.Single().Probabilities!.Values.Sum(), 1e-6);
        var again = await client.PredictAsync("flowers", new PredictionRequest { Inputs = [[5.5, 2.0]] }, version: "1");
        Assert.Equal(answer.Predictions.Single().Probability, again.Predictions.Single().Probability);
    }

    [Fact]
    public async Task It_trains_with_nothing_but_what_is_required()
    {
        await client.CreateNetworkAsync(new NetworkRequest { Name = "line", Layers = [new LayerRequest { Activation = Activation.Linear }] });
        var job = await client.SubmitTrainingJobAsync(new TrainingRequest { Network = "line", Data = new DataRequest { Inputs = [[1], [2], [3]], Targets = [[2], [4], [6]] } });
        Assert.Equal("succeeded", (await client.GetTrainingJobAsync(job.Id, wait: 60)).Status);
    }

    [Fact]
    public async Task A_refusal_comes_as_an_exception_with_the_sentences()
    {
        var refusal = await Assert.ThrowsAsync<ApiException<Problem>>(() => client.CreateNetworkAsync(new NetworkRequest
        {
            Name = "deep",
            Layers = [new LayerRequest { Units = 3, Activation = Activation.Softmax }, new LayerRequest { Units = 2, Activation = Activation.Softmax }],
        }));
        Assert.Equal(422, refusal.StatusCode);
        Assert.Contains("softmax", refusal.Result.Errors!["layers[0].activation"].Single());
        Assert.Equal(404, (await Assert.ThrowsAsync<ApiException<Problem>>(() => client.GetNetworkAsync("deep"))).StatusCode);
    }

    /// <summary>Two kinds that one look at the petals tells apart.</summary>
    private static DatasetTable Flowers() => new()
    {
        Columns = [.. Measurements, "species"],
        Rows =
        [
            .. Enumerable.Range(0, 30).Select(i => (ICollection<object>)[1 + i / 30.0, 0.2 + i % 5 / 50.0, "short"]),
            .. Enumerable.Range(0, 30).Select(i => (ICollection<object>)[5 + i / 30.0, 1.8 + i % 5 / 50.0, "long"]),
        ],
    };
}
