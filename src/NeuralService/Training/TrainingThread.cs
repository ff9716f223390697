using System.Runtime.InteropServices;

namespace NeuralService.Training;

/// <summary>Runs a training on a thread of its own, at a lower priority than the threads that answer requests (design law 10).</summary>
internal static partial class TrainingThread
{
    private const int Niceness = 10;

    /// <summary>Runs the work; the task ends as the work does.</summary>
    public static Task<T> Run<T>(Func<T> work, string name)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            LowerPriority();
            try
            {
                result.SetResult(work());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = name,
        };
        thread.Start();
        return result.Task;
    }

    /// <summary>Lowers the priority of the calling thread.</summary>
    // Thread.Priority does nothing on Linux. There, setpriority for "process 0" changes the calling thread alone.
    public static void LowerPriority()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(which: 0, who: 0, Niceness);
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint who, int priority);
}
