using System.ComponentModel;
using System.Diagnostics;

namespace NeuralService.Tests.Deployment;

public sealed class ComposeTests
{
    [Fact]
    public void The_compose_file_is_one()
    {
        // The stand-alone program, and the plugin of the docker client.
        foreach (string[] command in (string[][])[["docker-compose"], ["docker", "compose"]])
        {
            if (Run([.. command, "version"]) is not (0, _))
                continue;
            Assert.Equal((0, ""), Run([.. command, "--file", Path.Combine(Image.Top(), "docker-compose.yml"), "config", "--quiet"]));
            return;
        }
        Assert.Skip("Neither docker-compose nor the compose plugin of docker is installed.");
    }

    [Fact]
    public void It_is_built_from_the_files_that_the_builder_gets_to_see()
    {
        var ignored = File.ReadAllLines(Path.Combine(Image.Top(), ".dockerignore"));
        Assert.Equal("*", ignored.First(l => !l.StartsWith('#')));
        foreach (string name in new[] { "syntax=", "--parents", "@sha256:" })
            Assert.DoesNotContain(name, File.ReadAllText(Path.Combine(Image.Top(), "deploy", "Dockerfile")));
    }

    private static (int ExitCode, string Error)? Run(string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
