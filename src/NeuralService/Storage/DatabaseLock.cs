using NeuralService.Hosting;

namespace NeuralService.Storage;

/// <summary>The operating system's lock on <c>&lt;database&gt;.lock</c>: one process at a time uses the file. It ends with the process, however that ends.</summary>
internal sealed class DatabaseLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream file;

    private DatabaseLock(FileStream file) => this.file = file;

    /// <summary>Takes the lock, waiting for the process that holds it.</summary>
    /// <exception cref="StartRefusal">Exit code 3 where it is still held after the wait; 1 where the folder cannot be written.</exception>
    public static async Task<DatabaseLock> TakeAsync(string databasePath, TimeSpan wait, ILogger log, CancellationToken cancellation)
    {
        string path = databasePath + ".lock";
        Directory(databasePath);
        long began = Environment.TickCount64;
        bool said = false;
        while (true)
        {
            try
            {
                return new DatabaseLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !HeldElsewhere(e)))
            {
                throw NotWritable(databasePath);
            }
            catch (IOException) when (Environment.TickCount64 - began < wait.TotalMilliseconds)
            {
                if (!said)
                    log.LogInformation("Another process uses {Path}; waiting up to {Seconds} s for it to end", databasePath, (int)wait.TotalSeconds);
                said = true;
                await Task.Delay(Pause, cancellation);   // the lock has no signal to wait for
            }
            catch (IOException)
            {
                throw new StartRefusal(
                    $"Another process uses the database {databasePath} and did not end within {(int)wait.TotalSeconds} s (Database:LockWaitSeconds); a SQLite file serves one process at a time.",
                    exitCode: 3);
            }
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>EWOULDBLOCK of Linux and macOS, or the sharing violation of Windows.</summary>
    private static bool HeldElsewhere(Exception e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static void Directory(string databasePath)
    {
        try
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(databasePath)!);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw NotWritable(databasePath);
        }
    }

    private static StartRefusal NotWritable(string databasePath) =>
        new($"The folder of the database {databasePath} cannot be written (Database:ConnectionString); allowed is a folder that this user may write.");
}
