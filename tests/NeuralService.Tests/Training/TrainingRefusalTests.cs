using System.Globalization;
using System.Text;

namespace NeuralService.Tests.Training;

/// <summary>What a training job is refused for: a status, the place, a sentence that says what was given and what is allowed, and nothing kept.</summary>
public sealed class TrainingRefusalTests(TrainingRefusalTests.Tables tables) : IClassFixture<TrainingRefusalTests.Tables>
{
    private const string Table = "\"dataset\": \"mixed\"";
    private const string Xor = "\"inputs\": [[0,0],[0,1],[1,0],[1,1]]";

    private Service Service => tables.Service;

    /// <summary>Fields of <c>data</c>, then of the job; each network is named by its output.</summary>
    public static readonly TheoryData<string, string, string, string, string> Meaningless = new()
    {
        // What to learn from.
        { "softmax", "", "", "data", "either dataset (with target), or inputs" },
        { "softmax", $"{Table}, {Xor}, \"target\": \"kind\"", "", "data", "either dataset (with target), or inputs" },
        { "softmax", Xor, "", "data", "either targets (rows of numbers) or labels" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0], \"targets\": [[0],[1],[1],[0]]", "", "data", "either targets (rows of numbers) or labels" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0], \"target\": \"kind\"", "", "data.target", "belongs to a stored table" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0], \"features\": [\"a\"]", "", "data.features", "belongs to a stored table" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0], \"preprocessing\": {{}}", "", "data.preprocessing", "belongs to a stored table" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0]", ", \"validation\": { \"dataset\": \"mixed\" }", "validation.dataset", "belongs to a stored table" },
        { "softmax", $"{Xor}, \"labels\": [0,1,1,0]", ", \"validation\": { \"splitColumn\": \"part\" }", "validation.splitColumn", "belongs to a stored table" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"labels\": [0]", "", "data.labels", "belongs to inline data" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"targets\": [[0]]", "", "data.targets", "belongs to inline data" },
        { "softmax", Table, "", "data.target", "A table needs target" },
        { "softmax", "\"dataset\": \"nope\", \"target\": \"kind\"", "", "data.dataset", "There is no dataset \"nope\"" },
        { "nope", $"{Table}, \"target\": \"kind\"", "", "network", "There is no network \"nope\"" },
        { "softmax", $"{Table}, \"target\": \"knd\"", "", "data.target", "did you mean \"kind\"?" },
        { "linear", $"{Table}, \"target\": [\"y\", \"zz\"]", "", "data.target[1]", "\"zz\"" },
        { "linear", $"{Table}, \"target\": []", "", "data.target", "at least one column, each once" },
        { "linear", $"{Table}, \"target\": [\"y\", \"y\"]", "", "data.target", "at least one column, each once" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": [\"a\", \"a\"]", "", "data.features", "at least one column, each once" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": [\"a\", \"q\"]", "", "data.features[1]", "\"q\"" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": [\"a\", \"kind\"]", "", "data.features[1]", "a column cannot be both" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": []", "", "data", "No column is left to predict from" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"preprocessing\": {{ \"*\": {{ \"encode\": \"ignore\" }} }}", "", "data", "No column is left to predict from" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"preprocessing\": {{ \"q\": {{ \"encode\": \"none\" }} }}", "", "data.preprocessing.q", "\"q\"" },
        { "softmax", $"{Table}, \"target\": \"holes\"", "", "data.target", "2 rows have no value in \"holes\" (data rows 2, 5)" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"preprocessing\": {{ \"colour\": {{ \"encode\": \"standardize\" }} }}", "", "data.preprocessing.colour.encode", "allowed are oneHot and ignore" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"preprocessing\": {{ \"colour\": {{ \"impute\": \"median\" }} }}", "", "data.preprocessing.colour.impute", "allowed are mostFrequent and error" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"preprocessing\": {{ \"b\": {{ \"impute\": \"error\" }} }}", "", "data.preprocessing.b.impute", "\"b\" has 3 missing values" },
        { "softmax", "\"dataset\": \"wide\", \"target\": \"kind\", \"features\": [\"text\"]", "", "data", "different texts, too many to encode" },
        { "softmax", $"{Table}, \"target\": \"one\"", "", "data.target", "All rows have the same class" },
        { "softmax", "\"inputs\": [[1],[2]], \"labels\": [\"x\",\"x\"]", "", "data.labels", "All rows have the same class" },
        { "softmax", "\"inputs\": [[1],[2]], \"targets\": [[0,1],[0,1]]", "", "data.targets", "All rows have the same class" },

        // Parts.
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"splitColumn\": \"colour\" }", "validation.splitColumn", "must say train, validation or test" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"splitColumn\": \"nope\" }", "validation.splitColumn", "\"nope\"" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"splitColumn\": \"trained\" }, \"earlyStopping\": {}", "validation.splitColumn", "No row of \"trained\" says validation" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"splitColumn\": \"part\", \"fraction\": 0.1 }", "validation", "one of fraction, dataset and splitColumn" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"test\": { \"splitColumn\": \"part\" }", "test.splitColumn", "stands on validation" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"splitColumn\": \"part\" }, \"test\": { \"fraction\": 0.2 }", "test", "leave test out" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"fraction\": 0.01 }", "validation.fraction", "0.01 of 30 rows is less than one row" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"fraction\": 0.5 }, \"test\": { \"fraction\": 0.5 }", "validation.fraction", "Of 30 rows none is left" },
        { "linear", "\"inputs\": [[1],[2]], \"targets\": [[1],[2]]", ", \"validation\": { \"fraction\": 0.25 }, \"test\": { \"fraction\": 0.25 }", "validation.fraction", "Of 2 rows none is left" },
        { "linear", "\"inputs\": [[1]], \"targets\": [[1]]", ", \"test\": { \"fraction\": 0.5 }", "validation.fraction", "Of 1 rows none is left" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"test\": { \"fraction\": 1 }", "test.fraction", "1 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"test\": { \"dataset\": \"nope\" }", "test.dataset", "There is no dataset \"nope\"" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"dataset\": \"narrow\" }", "validation.dataset", "has no column \"b\"" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": [\"a\"]", ", \"validation\": { \"dataset\": \"narrow\" }", "validation.dataset", "is categorical; in the training table it is numeric" },
        { "softmax", $"{Table}, \"target\": \"kind\", \"features\": [\"colour\"]", ", \"test\": { \"dataset\": \"narrow\" }", "test.dataset", "The class \"four\" of \"kind\" does not occur in the training table" },
        { "linear", $"{Table}, \"target\": \"y\"", ", \"validation\": { \"fraction\": 0.2, \"stratify\": true }", "validation.stratify", "no class shares to keep" },

        // Targets and outputs.
        { "softmax2", $"{Table}, \"target\": \"kind\"", "", "network", "The last layer has 2 units; the target has 3 classes and needs 3" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"layers\": [ { \"units\": 4, \"activation\": \"softmax\" } ]", "layers[0].units", "The last layer has 4 units" },
        { "softmax", $"{Table}, \"target\": [\"kind\", \"flag\"]", "", "data.target", "softmax predicts one column of classes" },
        { "sigmoid", $"{Table}, \"target\": [\"kind\", \"flag\"]", "", "data.target", "must be numeric (or boolean" },
        { "linear", $"{Table}, \"target\": [\"y\", \"flag\"]", "", "data.target", "must be numeric (or boolean" },
        { "sigmoid", $"{Table}, \"target\": [\"y\", \"flag\"]", "", "data.target", "\"y\" is one of several labels and must hold 0 and 1" },
        { "linear", $"{Table}, \"target\": \"kind\"", "", "data.target", "the output is linear; classes need softmax, sigmoid or step" },
        { "linear", $"{Table}, \"target\": \"flag\"", "", "data.target", "the output is linear" },
        { "step", $"{Table}, \"target\": \"kind\"", "", "data.target", "The target has 3 classes; a step output tells two apart" },
        { "softmax", $"{Xor}, \"targets\": [[0],[1],[1],[0]]", "", "data.targets", "softmax needs one for each of at least two classes" },
        { "step", $"{Xor}, \"targets\": [[0,1],[1,1],[1,0],[0,0]]", "", "data.targets", "a step output needs one, 0 or 1" },
        { "step", $"{Xor}, \"targets\": [[0],[1],[0.5],[0]]", "", "data.targets[2][0]", "0.5 was given; a step output learns 0 or 1" },
        { "sigmoid", $"{Xor}, \"targets\": [[0],[1],[2],[0]]", "", "data.targets[2][0]", "2 was given; this target is a probability" },
        { "softmax", $"{Xor}, \"targets\": [[0,1],[1,0],[1,1],[0,1]]", "", "data.targets[2]", "The numbers sum to 2" },
        { "linear", "\"inputs\": [], \"targets\": []", "", "data.inputs", "At least one row" },
        { "linear", "\"inputs\": [[]], \"targets\": [[1]]", "", "data.inputs", "At least one row" },
        { "linear", $"{Xor}, \"targets\": [[1],[2]]", "", "data.targets", "2 were given for 4 rows of inputs" },
        { "softmax", $"{Xor}, \"labels\": [1]", "", "data.labels", "1 were given for 4 rows of inputs" },
        { "linear", "\"inputs\": [[1,2],[3]], \"targets\": [[1],[2]]", "", "data.inputs[1]", "The row has 1 value; 2 are expected" },
        { "linear", "\"inputs\": [[1,2],[3,4]], \"targets\": [[1],[2,3]]", "", "data.targets[1]", "The row has 2 values; 1 is expected" },
        { "softmax2", "\"inputs\": [[1,2,3],[3,4,5]], \"labels\": [0,1]", "", "data.inputs[0]", "The row has 3 values; 2 are expected" },
        { "softmax2", $"{Table}, \"target\": \"flag\", \"features\": [\"a\", \"b\", \"y\"]", "", "data", "The network takes 2 inputs; the encoded features are 3" },
        { "softmax", "\"inputs\": [[1],[2]], \"labels\": [0,1]", ", \"layers\": [ { \"units\": 65536, \"activation\": \"relu\" }, { \"units\": 65536, \"activation\": \"relu\" }, { \"activation\": \"softmax\" } ]", "layers", "at most 50,000,000 are allowed" },

        // How to train.
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"optimizer\": { \"type\": \"perceptron\" }", "optimizer.type", "one step unit with the perceptron loss" },
        { "step", $"{Xor}, \"targets\": [[0],[1],[1],[1]]", ", \"regularization\": { \"l2\": 0.1 }", "regularization", "The perceptron rule does not use this" },
        { "step", $"{Xor}, \"targets\": [[0],[1],[1],[1]]", ", \"classWeights\": \"balanced\"", "classWeights", "The perceptron rule does not use this" },
        { "linear", $"{Xor}, \"targets\": [[0],[1],[1],[0]]", ", \"layers\": [ { \"units\": 2, \"activation\": \"step\" }, { \"activation\": \"linear\" } ]", "layers", "gradient descent cannot train this network" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"optimizer\": { \"type\": \"adam\", \"momentum\": 0.9 }", "optimizer.momentum", "adam has no momentum; it belongs to sgd, rmsProp" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"learningRateSchedule\": { \"type\": \"cosine\", \"everyEpochs\": 3 }", "learningRateSchedule.everyEpochs", "cosine has no everyEpochs; it belongs to step" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"optimizer\": { \"type\": \"sgd\", \"nesterov\": true }", "optimizer.nesterov", "nesterov needs a momentum above 0" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"earlyStopping\": {}", "earlyStopping.monitor", "validationLoss needs validation rows" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"stopWhen\": { \"validationAccuracy\": 0.9 }", "stopWhen.validationAccuracy", "validationAccuracy needs validation rows" },
        { "linear", $"{Table}, \"target\": \"y\"", ", \"stopWhen\": { \"trainingAccuracy\": 0.9 }", "stopWhen.trainingAccuracy", "The target is a number, not a class" },
        { "linear", $"{Table}, \"target\": \"y\"", ", \"classWeights\": \"balanced\"", "classWeights", "The target is a number, not a class" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"stopWhen\": {}", "stopWhen", "at least one of trainingLoss" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"classWeights\": { \"thre\": 2 }", "classWeights.thre", "did you mean \"three\"?" },
        { "sigmoid", $"{Table}, \"target\": [\"flag\", \"bit\"]", ", \"classWeights\": \"balanced\"", "classWeights", "Each row has several labels" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"classWeights\": { \"three\": -2 }", "classWeights.three", "-2 was given; allowed is from 0" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"initialWeights\": {}", "initialWeights", "either version or layers" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"initialWeights\": { \"version\": 7 }", "initialWeights.version", "has no version 7" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"initialWeights\": { \"layers\": [] }", "initialWeights.layers", "Weights of 0 layers were given; the network has 1" },
        { "softmax2", "\"inputs\": [[1,2],[3,4]], \"labels\": [0,1]", ", \"initialWeights\": { \"layers\": [ { \"weights\": [[1,2],[3]], \"biases\": [0,0] } ] }", "initialWeights.layers[0].weights[1]", "1 number given" },
        { "softmax2", "\"inputs\": [[1,2],[3,4]], \"labels\": [0,1]", ", \"initialWeights\": { \"layers\": [ { \"weights\": [[1,2],[3,4]], \"biases\": [0] } ] }", "initialWeights.layers[0].biases", "1 number given" },
        { "trained", "\"inputs\": [[1,2],[3,4]], \"labels\": [0,1]", ", \"initialWeights\": { \"version\": 1 }", "initialWeights.version", "has layers of other sizes" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"layers\": [ { \"units\": 3, \"activation\": \"softmax\" }, { \"activation\": \"linear\" } ]", "layers[0].activation", "softmax is allowed on the last layer only" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"loss\": \"squaredError\", \"layers\": [ { \"activation\": \"linear\" } ], \"optimizer\": { \"type\": \"sgd\", \"learningRate\": 0 }", "optimizer.learningRate", "0 was given" },
        { "linear", $"{Table}, \"target\": \"y\"", ", \"loss\": \"crossEntropy\"", "loss", "crossEntropy with softmax" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"optimizer\": { \"type\": \"adamm\" }", "optimizer.type", "did you mean \"adam\"?" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"earlyStopping\": { \"monitor\": \"testLoss\" }", "earlyStopping.monitor", "known are validationLoss" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"epochs\": 0", "epochs", "0 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"batchSize\": 0", "batchSize", "0 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"seed\": -1", "seed", "-1 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"seed\": 9007199254740992", "seed", "9007199254740992" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"priority\": 101", "priority", "101 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"validation\": { \"fraction\": -0.1 }", "validation.fraction", "-0.1 was given" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"tags\": { \"a:b\": \"c\" }", "tags[\"a:b\"]", "is no key of a tag" },
        { "softmax", $"{Table}, \"target\": \"kind\"", ", \"regularization\": { \"l2\": -1 }", "regularization.l2", "-1 was given" },
    };

    [Theory]
    [MemberData(nameof(Meaningless), DisableDiscoveryEnumeration = true)]
    public async Task A_job_without_a_meaning_is_refused_at_its_place(string network, string data, string more, string path, string sentence)
    {
        int kept = await Service.KeptAsync();
        var answer = (await Service.Post("training-jobs", $$"""{ "network": "{{network}}", "data": { {{data}} }{{more}} }""")).Is(422);
        Assert.Contains(sentence, answer.Error(path));
        Assert.Equal(kept, await Service.KeptAsync());
    }

    /// <summary>Whole bodies that are not what the API takes.</summary>
    public static readonly TheoryData<string, string, string> Malformed = new()
    {
        { "", "$", "" },
        { "{", "$", "not valid JSON" },
        { "[]", "$", "a JSON object is expected" },
        { """{ "network": "softmax" }""", "data", "required" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "epoch": 3 }""", "epoch", "did you mean \"epochs\"?" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind", "taget": 1 } }""", "data.taget", "did you mean \"target\"?" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "epochs": 3, "epochs": 4 }""", "epochs", "given twice" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": 5 } }""", "data.target", "name of a column" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "\ud800" } }""", "data.target", "no character" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": ["\ud800"] } }""", "data.target", "no character" },
        { """{ "network": "softmax", "data": { "inputs": [[1],[2]], "labels": ["\ud800", 1] } }""", "data.labels[0]", "no character" },
        { """{ "network": "softmax", "data": { "inputs": [[1],[2]], "labels": [null, 1] } }""", "data.labels[0]", "null" },
        { """{ "network": "softmax", "data": { "inputs": [[1],[2]], "labels": [[0], 1] } }""", "data.labels[0]", "name of a class" },
        { """{ "network": "linear", "data": { "inputs": [[1],[null]], "targets": [[1],[2]] } }""", "data.inputs[1][0]", "null was given" },
        { """{ "network": "linear", "data": { "inputs": [[1],["2"]], "targets": [[1],[2]] } }""", "data.inputs[1][0]", "number" },
        { """{ "network": "linear", "data": { "inputs": [[1],[NaN]], "targets": [[1],[2]] } }""", "data.inputs[1][0]", "JSON knows no NaN" },
        { """{ "network": "linear", "data": { "inputs": [[1],["NaN"]], "targets": [[1],[2]] } }""", "data.inputs[1][0]", "number" },
        { """{ "network": "linear", "data": { "inputs": 3, "targets": [[1],[2]] } }""", "data.inputs", "list" },
        { """{ "network": "linear", "data": null }""", "data", "null was given" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "batchSize": "all" }""", "batchSize", "\"full\"" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "batchSize": 1.5 }""", "batchSize", "whole number" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "classWeights": "even" }""", "classWeights", "\"balanced\"" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "classWeights": { "\ud800": 1 } }""", "classWeights", "no character" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "classWeights": { "a": "1" } }""", "classWeights.a", "a number" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "optimizer": { "learningRate": 1 } }""", "optimizer.type", "required" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "optimizer": "adam" }""", "optimizer", "object" },
        { """{ "network": "softmax", "data": { "dataset": "mixed", "target": "kind" }, "shuffle": "yes" }""", "shuffle", "true or false" },
    };

    [Theory]
    [MemberData(nameof(Malformed), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_job_is_refused_at_its_place(string body, string path, string sentence)
    {
        int kept = await Service.KeptAsync();
        var answer = (await Service.Post("training-jobs", body)).Is(400);
        Assert.Contains(sentence, answer.Error(path));
        Assert.Equal(kept, await Service.KeptAsync());
    }

    [Fact]
    public async Task A_number_beyond_float32_is_refused_in_inputs_and_targets()
    {
        var answer = await Service.Post("training-jobs", """{ "network": "linear", "data": { "inputs": [[1],[1e39]], "targets": [[1],[-1e39]] } }""");
        Assert.True(answer.Status is 400 or 422, answer.Text);
        Assert.Contains("1e39", answer.Error("data.inputs[1][0]"));
        Assert.Contains("-1e39", answer.Error("data.targets[1][0]"));
    }

    [Fact]
    public async Task All_faults_are_told_at_once_and_one_of_form_makes_it_400()
    {
        var answer = (await Service.Post("training-jobs", """
            { "network": "nope", "data": { "dataset": "mixed", "target": "knd" }, "epochs": 0, "batchSize": "all", "optimiser": {}, "layers": [ { "units": 1000000000, "activation": "relu" }, { "activation": "softmax" } ] }
            """)).Is(400);
        foreach (string path in new[] { "network", "data.target", "epochs", "batchSize", "optimiser", "layers[0].units" }) Assert.NotEmpty(answer.Error(path));
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_404_whatever_is_asked_of_it()
    {
        (await Service.Get("training-jobs/nope")).Is(404);
        (await Service.Get("training-jobs/nope?wait=5")).Is(404);
        (await Service.Post("training-jobs/nope/cancel", "")).Is(404);
        (await Service.Delete("training-jobs/nope")).Is(404);
        (await Service.Get("training-jobs/nope/loss-history")).Is(404);
    }

    [Theory]
    [InlineData("training-jobs/latest?wait=61", 422, "wait")]
    [InlineData("training-jobs/latest?wait=-1", 422, "wait")]
    [InlineData("training-jobs/latest?wait=soon", 400, "wait")]
    [InlineData("training-jobs?status=done", 400, "status")]
    [InlineData("training-jobs?limit=0", 422, "limit")]
    [InlineData("training-jobs?tag=x", 400, "tag")]
    public async Task A_query_out_of_range_is_refused(string path, int status, string name) => Assert.NotEmpty((await Service.Get(path)).Is(status).Error(name));

    /// <summary>Tables with something of everything, and a network for each output.</summary>
    public sealed class Tables : SharedService
    {
        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            foreach (string output in new[] { "softmax", "sigmoid", "linear", "step" }) await Service.Define(output, $$"""[ { "activation": "{{output}}" } ]""");
            await Service.Define("softmax2", """[ { "units": 2, "activation": "softmax" } ]""", ", \"inputSize\": 2");
            await Service.Define("trained", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
            (await Service.Upload("mixed", Mixed())).Is(201);
            (await Service.Upload("narrow", "a,colour,kind\nx,red,one\nz,blue,four\n")).Is(201);
            (await Service.Upload("wide", Wide())).Is(201);
            await Service.Train("""{ "network": "trained", "data": { "inputs": [[1],[2]], "labels": [0,1] }, "epochs": 1 }""");
        }

        private static string Mixed()
        {
            var csv = new StringBuilder("a,b,colour,flag,bit,name,one,holes,part,trained,y,kind\n");
            for (int i = 0; i < 30; i++)
            {
                string[] cells =
                [
                    (i / 4.0).ToString(CultureInfo.InvariantCulture), i % 10 == 3 ? "" : i.ToString(CultureInfo.InvariantCulture), i % 2 == 0 ? "red" : "blue", i % 3 == 0 ? "true" : "false",
                    i % 2 == 0 ? "1" : "0", $"person {i}", "same", i is 1 or 4 ? "" : i % 2 == 0 ? "p" : "q", i < 20 ? "train" : i < 25 ? "validation" : "test", "train", (i * 2).ToString(CultureInfo.InvariantCulture),
                    (i % 3) switch { 0 => "one", 1 => "two", _ => "three" },
                ];
                csv.AppendJoin(',', cells).Append('\n');
            }

            return csv.ToString();
        }

        private static string Wide()
        {
            var csv = new StringBuilder("text,kind\n");
            for (int i = 0; i < 12_000; i++) csv.Append(CultureInfo.InvariantCulture, $"t{i},{(i % 2 == 0 ? "p" : "q")}\n");
            return csv.ToString();
        }
    }
}
