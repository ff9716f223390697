using Microsoft.AspNetCore.Connections;

namespace NeuralService.Hosting;

/// <summary>Where the service listens.</summary>
internal static class Address
{
    /// <summary>The address where nothing else is said.</summary>
    public const string Default = "http://localhost:8080";

    /// <summary>Listens at the default address where neither <c>ASPNETCORE_URLS</c> nor <c>--urls</c> (nor the images' port variables) say otherwise.</summary>
    public static void ConfigureAddress(this ConfigureWebHostBuilder host, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[WebHostDefaults.ServerUrlsKey])
            && string.IsNullOrEmpty(configuration[WebHostDefaults.HttpPortsKey])
            && string.IsNullOrEmpty(configuration[WebHostDefaults.HttpsPortsKey]))
            host.UseUrls(Default);
    }

    /// <summary>Whether a start failed because another process listens there.</summary>
    public static bool IsTaken(Exception exception) => exception is IOException { InnerException: AddressInUseException };
}
