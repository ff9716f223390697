using System.Collections.Concurrent;

namespace NeuralService.Engine.Tests;

/// <summary>The threads of a training: every piece once, whoever is free takes the next, and nothing is left behind.</summary>
public class CrewTests
{
    [Fact]
    public void Every_piece_of_every_run_is_done_once()
    {
        using var crew = new Crew(3, null);
        var done = new int[7];
        for (int run = 1; run <= 100_000; run++)
        {
            int pieces = 2 + run % 6;
            Array.Clear(done);
            crew.Run((piece, _) => Interlocked.Increment(ref done[piece]), pieces, threads: 3);
            for (int piece = 0; piece < done.Length; piece++) Assert.Equal(piece < pieces ? 1 : 0, done[piece]);
        }
    }

    [Fact]
    public void A_thread_that_is_held_up_leaves_the_other_pieces_to_the_rest()
    {
        using var crew = new Crew(2, null);
        using var othersDone = new CountdownEvent(9);
        var threads = new ConcurrentDictionary<int, int>();
        crew.Run(
            (piece, worker) =>
            {
                threads[worker] = worker;
                if (piece == 0) othersDone.Wait(); // ends only when somebody else has done all the others
                else othersDone.Signal();
            },
            10,
            threads: 2);

        Assert.Equal([0, 1], threads.Keys.Order());
    }

    [Fact]
    public void A_fault_reaches_the_caller_and_the_crew_works_on()
    {
        using var crew = new Crew(2, null);
        for (int round = 0; round < 100; round++)
        {
            var fault = Assert.Throws<InvalidOperationException>(() => crew.Run((piece, _) => { if (piece == 3) throw new FormatException("bad"); }, 8, threads: 2));
            Assert.IsType<FormatException>(fault.InnerException);

            int done = 0;
            crew.Run((_, _) => Interlocked.Increment(ref done), 8, threads: 2);
            Assert.Equal(8, done);
        }
    }

    [Fact]
    public void One_thread_does_the_pieces_in_order()
    {
        using var crew = new Crew(1, null);
        var order = new List<int>();
        crew.Run((piece, worker) => order.Add(piece + 100 * worker), 4, threads: 1);

        Assert.Equal([0, 1, 2, 3], order);
    }

    [Fact]
    public void Threads_of_its_own_are_prepared_once_each_and_end_with_it()
    {
        var threads = new ConcurrentBag<Thread>();
        using (var crew = new Crew(4, () => threads.Add(Thread.CurrentThread)))
        {
            crew.Run((_, _) => { }, 100, threads: 4);
        }

        Assert.Equal(3, threads.Distinct().Count());
        Assert.Equal(3, threads.Count);
        Assert.All(threads, t => Assert.False(t.IsAlive));
    }

    [Fact]
    public void A_crew_that_was_parked_is_woken()
    {
        using var crew = new Crew(2, null);
        for (int round = 0; round < 20; round++)
        {
            using var met = new Barrier(2); // each of the two pieces waits for the other: both threads must come
            crew.Run((_, _) => met.SignalAndWait(), 2, threads: 2);
            Thread.Sleep(2); // long enough for the other thread to stop spinning
        }
    }

    [Fact]
    public void Two_trainings_at_once_share_the_cores()
    {
        var cores = new TrainingCores(4);
        Assert.Equal(4, cores.Share);
        cores.Enter();
        Assert.Equal(4, cores.Share);
        cores.Enter();
        Assert.Equal(2, cores.Share);
        for (int i = 0; i < 6; i++) cores.Enter();
        Assert.Equal(1, cores.Share);
        for (int i = 0; i < 7; i++) cores.Leave();
        Assert.Equal(4, cores.Share);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingCores(0));
    }
}
