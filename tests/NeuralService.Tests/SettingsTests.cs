using System.Text.Json;
using System.Text.Json.Nodes;
using NeuralService.Hosting;

namespace NeuralService.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Training:MaxConcurrentJobs=0", "Training:MaxConcurrentJobs is \"0\"; allowed is a whole number from 1 to 64.")]
    [InlineData("Training:MaxConcurrentJobs=two", "Training:MaxConcurrentJobs is \"two\"; allowed is a whole number from 1 to 64.")]
    [InlineData("Limits:UploadBytes=-1", "Limits:UploadBytes is \"-1\"; allowed is a whole number from 1 to")]
    [InlineData("Samples:Enabled=yes", "Samples:Enabled is \"yes\"; allowed is true or false.")]
    [InlineData("Authentication:Mode=basic", "Authentication:Mode is \"basic\"; allowed is apiKeys, none.")]
    [InlineData("Database:Provider=oracle", "Database:Provider is \"oracle\"; allowed is")]
    [InlineData("Database:ConnectionString=Data Source=:memory:", "Database:ConnectionString is \"Data Source=:memory:\"; allowed is one that names a file")]
    [InlineData("Database:ConnectionString=nonsense", "Database:ConnectionString is \"nonsense\"; allowed is a SQLite connection string")]
    [InlineData("Authentication:BootstrapKey=short", "Authentication:BootstrapKey has 5 characters; allowed are 32 or more.")]
    [InlineData("Training:MaxConcurentJobs=1", "There is no setting Training:MaxConcurentJobs; did you mean MaxConcurrentJobs?")]
    public void A_wrong_setting_is_refused_with_its_name_and_what_it_allows(string setting, string sentence)
    {
        var refusal = Assert.Throws<StartRefusal>(() => Program.Build(["--" + setting]));
        Assert.Equal(1, refusal.ExitCode);
        Assert.Contains(sentence, refusal.Message);
    }

    [Fact]
    public async Task A_wrong_setting_ends_the_process_with_one_sentence_and_exit_code_1()
    {
        using var process = ServiceProcess.Start(Path.GetTempPath(), "--Limits:Layers=65");
        Assert.Equal(1, await process.ExitAsync());
        Assert.Equal("Limits:Layers is \"65\"; allowed is a whole number from 1 to 64.", process.Output.Trim());
    }

    [Fact]
    public async Task An_address_in_use_ends_the_process_with_one_sentence_and_exit_code_1()
    {
        await using var service = await Service.StartAsync();
        var folder = Directory.CreateTempSubdirectory("neural-address-");
        using var process = ServiceProcess.Start(folder.FullName, "--urls", service.Address.ToString(), "--Authentication:Mode=none", "--Log:Level=warning");
        Assert.Equal(1, await process.ExitAsync());
        Assert.Contains("address already in use", Assert.Single(process.Output.Trim().Split('\n')));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_database_that_cannot_be_written_ends_the_process_with_one_sentence_and_exit_code_1()
    {
        using var process = ServiceProcess.Start(Path.GetTempPath(), "--urls", "http://127.0.0.1:0", "--Database:ConnectionString=Data Source=/proc/neural/neural.db");
        Assert.Equal(1, await process.ExitAsync());
        Assert.StartsWith("The folder of the database /proc/neural/neural.db cannot be written", process.Output.Trim());
    }

    [Fact]
    public void The_settings_file_lists_every_setting_with_its_default()
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json")))!;
        var defaults = JsonSerializer.SerializeToNode(new Settings(), new JsonSerializerOptions(Json.Options) { PropertyNamingPolicy = null })!;
        Assert.Equal(defaults.ToJsonString(), file.ToJsonString());
    }
}
