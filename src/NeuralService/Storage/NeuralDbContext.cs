using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace NeuralService.Storage;

/// <summary>Everything that is stored. Use it through <see cref="NeuralDb"/>.</summary>
public sealed class NeuralDbContext(DbContextOptions<NeuralDbContext> options) : DbContext(options)
{
    /// <summary>Networks.</summary>
    public DbSet<NetworkRow> Networks => Set<NetworkRow>();

    /// <summary>Versions.</summary>
    public DbSet<VersionRow> Versions => Set<VersionRow>();

    /// <summary>Pieces of versions' weights.</summary>
    public DbSet<WeightChunkRow> WeightChunks => Set<WeightChunkRow>();

    /// <summary>Aliases of versions.</summary>
    public DbSet<AliasRow> Aliases => Set<AliasRow>();

    /// <summary>Names of tables.</summary>
    public DbSet<DatasetRow> Datasets => Set<DatasetRow>();

    /// <summary>Contents of tables.</summary>
    public DbSet<DatasetContentRow> DatasetContents => Set<DatasetContentRow>();

    /// <summary>Pieces of contents.</summary>
    public DbSet<DatasetChunkRow> DatasetChunks => Set<DatasetChunkRow>();

    /// <summary>Training jobs.</summary>
    public DbSet<TrainingJobRow> TrainingJobs => Set<TrainingJobRow>();

    /// <summary>Loss histories.</summary>
    public DbSet<LossBlockRow> LossBlocks => Set<LossBlockRow>();

    /// <summary>Keys.</summary>
    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // SQLite cannot order or compare DateTimeOffset; as microseconds it can.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<MicrosecondsConverter>();
    }

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<NetworkRow>(e =>
        {
            e.ToTable("networks");
            e.HasIndex(n => n.Name).IsUnique();
        });
        modelBuilder.Entity<VersionRow>(e =>
        {
            e.ToTable("versions");
            e.HasOne<NetworkRow>().WithMany().HasForeignKey(v => v.NetworkId).OnDelete(DeleteBehavior.Cascade);
            e.HasIndex(v => new { v.NetworkId, v.Number }).IsUnique();
        });
        modelBuilder.Entity<WeightChunkRow>(e =>
        {
            e.ToTable("weight_chunks");
            // No foreign key: the pieces are written one by one before the version is made visible, and removed with it.
            e.HasKey(c => new { c.VersionId, c.Index });
        });
        modelBuilder.Entity<AliasRow>(e =>
        {
            e.ToTable("aliases");
            e.HasKey(a => new { a.NetworkId, a.Alias });
            e.HasOne<NetworkRow>().WithMany().HasForeignKey(a => a.NetworkId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<DatasetRow>(e =>
        {
            e.ToTable("datasets");
            e.HasIndex(d => d.Name).IsUnique();
            e.HasOne<DatasetContentRow>().WithMany().HasForeignKey(d => d.ContentId).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<DatasetContentRow>(e => e.ToTable("dataset_contents"));
        modelBuilder.Entity<DatasetChunkRow>(e =>
        {
            e.ToTable("dataset_chunks");
            e.HasKey(c => new { c.ContentId, c.Index });
            e.HasOne<DatasetContentRow>().WithMany().HasForeignKey(c => c.ContentId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<TrainingJobRow>(e =>
        {
            e.ToTable("training_jobs");
            e.HasIndex(j => new { j.Status, j.Priority, j.Id });
            e.HasIndex(j => j.NetworkId);
        });
        modelBuilder.Entity<LossBlockRow>(e =>
        {
            e.ToTable("loss_blocks");
            e.HasKey(b => new { b.JobId, b.Index });
            e.HasOne<TrainingJobRow>().WithMany().HasForeignKey(b => b.JobId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<ApiKeyRow>(e => e.ToTable("api_keys"));
    }

    /// <summary>Microseconds since 1970, UTC.</summary>
    private sealed class MicrosecondsConverter() : ValueConverter<DateTimeOffset, long>(
        time => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        microseconds => new DateTimeOffset(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero));
}

/// <summary>Lets <c>dotnet ef</c> make migrations without starting the service.</summary>
public sealed class DesignTimeContext : IDesignTimeDbContextFactory<NeuralDbContext>
{
    /// <inheritdoc/>
    public NeuralDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<NeuralDbContext>().UseSqlite("Data Source=:memory:").UseSnakeCaseNamingConvention().Options);
}
