using System.Reflection;
using System.Runtime.CompilerServices;

namespace NeuralService.Engine.Tests;

/// <summary>The engine is pure: it stands on the base library alone and remembers nothing (design law 1).</summary>
public class WallTests
{
    private static readonly Assembly Engine = typeof(Network).Assembly;

    [Fact]
    public void It_references_the_base_library_alone() =>
        Assert.All(Engine.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name, StringComparison.Ordinal));

    [Fact]
    public void It_touches_no_file_no_network_no_console_no_process()
    {
        string[] closed = ["System.IO.", "System.Net.", "System.Console", "System.Diagnostics.Process", "System.Data.", "System.Text.Json"];

        Assert.DoesNotContain(Engine.GetReferencedAssemblies(), a => closed.Any(c => a.Name!.StartsWith(c, StringComparison.Ordinal)));
    }

    [Fact]
    public void It_has_no_state_that_outlives_a_call()
    {
        var fields = Engine.GetTypes().Where(t => !t.IsDefined(typeof(CompilerGeneratedAttribute)) && !t.Name.Contains('<', StringComparison.Ordinal))
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => !f.IsLiteral);

        Assert.DoesNotContain(fields, f => !f.IsInitOnly || f.FieldType.IsArray);
    }
}
