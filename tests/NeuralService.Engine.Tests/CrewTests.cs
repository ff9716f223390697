using System.Collections.Concurrent;

namespace NeuralService.Engine.Tests;

/// <summary>The threads of a training: every piece once, whoever is free takes the next, and nothing is left behind.</summary>
public class CrewTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Every_piece_of_every_run_is_done_once()
    {
        using var crew = new Crew(3, null);
        int[] done = new int[7], expected = new int[7];
        var work = (int piece, int worker) => { Interlocked.Increment(ref done[piece]); };
        for (int run = 0; run < 100_000; run++)
        {
            int pieces = run % 8;
            crew.Run(work, pieces, threads: 1 + run / 8 % 3);
            for (int piece = 0; piece < pieces; piece++) expected[piece]++;
            if (!done.AsSpan().SequenceEqual(expected)) Assert.Fail($"Run {run} of {pieces} pieces: {string.Join(' ', done)}, not {string.Join(' ', expected)}.");
        }
    }

    [Fact]
    public void No_more_threads_take_part_than_may()
    {
        using var crew = new Crew(4, null);
        int allowed = 0, most = 0;
        var work = (int piece, int worker) =>
        {
            if (worker >= allowed) Interlocked.Exchange(ref most, worker);
            Thread.SpinWait(20);
        };
        for (int run = 0; run < 20_000; run++)
        {
            allowed = 2 + run % 3;
            crew.Run(work, 6, allowed);
        }

        Assert.Equal(0, most);
    }

    [Fact]
    public void A_thread_that_is_held_up_leaves_the_other_pieces_to_the_rest()
    {
        using var crew = new Crew(3, null);
        for (int heldUp = 0; heldUp < 3; heldUp++)
        {
            using var othersDone = new CountdownEvent(9);
            var helperDone = new ManualResetEventSlim();
            int held = 0;
            crew.Run(
                (_, worker) =>
                {
                    // The caller stays away until the helper that is to be held up has a piece.
                    if (worker == heldUp && Interlocked.Exchange(ref held, 1) == 0)
                    {
                        helperDone.Set();
                        Assert.True(othersDone.Wait(Patience));
                        return;
                    }

                    Assert.True(helperDone.Wait(Patience));
                    othersDone.Signal();
                },
                10,
                threads: 3);

            Assert.Equal(1, held);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_fault_reaches_the_caller_as_it_was_and_the_crew_works_on(int threads)
    {
        using var crew = new Crew(4, null);
        for (int round = 0; round < 100; round++)
        {
            var fault = Assert.Throws<FormatException>(() => crew.Run((piece, _) => { if (piece % 3 == 2) throw new FormatException("bad"); }, 8, threads));
            Assert.Equal("bad", fault.Message);

            int done = 0;
            crew.Run((_, _) => Interlocked.Increment(ref done), 8, threads);
            Assert.Equal(8, done);
        }
    }

    [Fact]
    public void One_thread_does_the_pieces_in_order()
    {
        using var crew = new Crew(2, null);
        var order = new List<int>();
        crew.Run((piece, worker) => order.Add(piece + 100 * worker), 4, threads: 1);

        Assert.Equal([0, 1, 2, 3], order);
    }

    [Fact]
    public void The_threads_that_may_take_part_are_those_that_are_woken()
    {
        // All helpers sleep, and the two pieces wait for each other: the one helper that may come must.
        using var crew = new Crew(4, null);
        for (int round = 0; round < 20; round++)
        {
            crew.Run((_, _) => Thread.Sleep(1), 8, threads: 4);
            Thread.Sleep(5);
            using var met = new Barrier(2);
            crew.Run((_, _) => Assert.True(met.SignalAndWait(Patience)), 2, threads: 2);
        }
    }

    [Fact]
    public void A_caller_that_sleeps_is_woken_when_the_last_piece_ends()
    {
        using var crew = new Crew(2, null);
        for (int round = 0; round < 20; round++)
        {
            int ended = 0;
            using var met = new Barrier(2);
            crew.Run(
                (_, worker) =>
                {
                    met.SignalAndWait(Patience);
                    if (worker == 1) Thread.Sleep(3);
                    Interlocked.Increment(ref ended);
                },
                2,
                threads: 2);

            Assert.Equal(2, ended);
        }
    }

    [Fact]
    public void Threads_of_its_own_are_prepared_once_each_and_end_with_it()
    {
        var threads = new ConcurrentBag<Thread>();
        using (var crew = new Crew(4, () => threads.Add(Thread.CurrentThread)))
        {
            crew.Run((_, _) => { }, 100, threads: 4);
        }

        Assert.Equal(3, threads.Count);
        Assert.Equal(3, threads.Distinct().Count());
        Assert.DoesNotContain(Thread.CurrentThread, threads);
        Assert.All(threads, t => Assert.False(t.IsAlive));
    }

    [Fact]
    public void It_ends_at_any_moment_of_its_threads()
    {
        for (int round = 0; round < 100; round++)
        {
            using var crew = new Crew(3, null);
            if (round % 2 == 0) crew.Run((_, _) => { }, 5, threads: 3);
            Thread.SpinWait(round * 120); // around the time at which they go to sleep
        }
    }

    [Fact]
    public void More_pieces_than_a_ticket_counts_are_refused()
    {
        using var crew = new Crew(2, null);
        Assert.Throws<ArgumentOutOfRangeException>(() => crew.Run((_, _) => { }, Crew.MaxPieces + 1, threads: 2));
    }
}
