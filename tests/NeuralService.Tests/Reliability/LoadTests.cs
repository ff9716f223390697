namespace NeuralService.Tests.Reliability;

public sealed class LoadTests
{
    private const int Clients = 100;

    [Fact]
    public async Task A_hundred_clients_at_once_define_train_and_predict_without_a_fault()
    {
        await using var service = await Service.StartAsync("Training:MaxConcurrentJobs=2");
        service.Http.Timeout = TimeSpan.FromMinutes(3);
        var answers = await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => Client(service, i))));
        Assert.All(answers.SelectMany(a => a), a => Assert.True(a.Status < 400, $"{a.Status}: {a.Text}"));
        Assert.Equal(Clients, answers.Count(a => a[^1].Json["predictions"]!.AsArray().Count == 2));
    }

    [Fact]
    public async Task A_network_that_is_deleted_under_its_callers_answers_or_is_404()
    {
        await using var service = await Service.StartAsync();
        for (int round = 0; round < 3; round++)
        {
            await service.Define("short-lived", """[ { "activation": "softmax" } ]""");
            await service.Train("""{ "network": "short-lived", "data": { "inputs": [[0],[1]], "labels": ["no","yes"] }, "epochs": 1 }""");
            using var allAtWork = new CountdownEvent(8);
            var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                for (int number = 1; ; number++)
                {
                    var answer = await service.Predict("short-lived", """{ "inputs": [[1]] }""");
                    if (number == 10) allAtWork.Signal();
                    if (answer.Status != 200) return answer;
                }
            })).ToArray();
            await Task.Run(() => Assert.True(allAtWork.Wait(TimeSpan.FromSeconds(30))), TestContext.Current.CancellationToken);
            (await service.Delete("networks/short-lived")).Is(204);
            Assert.All(await Task.WhenAll(callers), a => a.Is(404));
        }
    }

    private static async Task<List<Answer>> Client(Service service, int number)
    {
        var answers = new List<Answer> { await service.Post("networks", $$"""{ "name": "n{{number}}", "layers": [ { "units": 4, "activation": "tanh" }, { "activation": "softmax" } ] }""") };
        answers.Add(await service.Post("training-jobs", $$"""
            { "network": "n{{number}}", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "labels": ["no","yes","yes","no"] }, "epochs": 5, "batchSize": 4, "seed": {{number}} }
            """));
        string id = (string)answers[^1].Json["id"]!;
        do answers.Add(await service.Get($"training-jobs/{id}?wait=60"));
        while ((string?)answers[^1].Json["status"] is "queued" or "running");
        Assert.Equal("succeeded", (string?)answers[^1].Json["status"]);
        answers.Add(await service.Get("networks?limit=20"));
        answers.Add(await service.Put($"networks/n{number}/aliases/production", """{ "version": 1 }"""));
        for (int i = 0; i < 5; i++) answers.Add(await service.Predict($"n{number}", """{ "inputs": [[0,1],[1,1]] }"""));
        return answers;
    }
}
