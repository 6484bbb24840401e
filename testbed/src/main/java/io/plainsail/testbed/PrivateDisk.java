package io.plainsail.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A file system of a bounded size, in memory, which can be filled and emptied: {@code ENOSPC} for real.
 *
 * <p>It is mounted in a mount namespace of its own that a sleeping process keeps open. Programs see it if they are started
 * by {@link #inside}; the machine's own table of mounts is never touched, and whatever ends this JVM ends it as well. It
 * outlives the programs in it: what a killed one had written is there for the next.
 *
 * <p>Needs root. Not thread-safe.
 */
public final class PrivateDisk implements AutoCloseable {
    private static final int CHUNK_BYTES = 1024 * 1024;
    private static final int SMALLEST_BYTES = 4 * 1024;
    private static final String KEEP = "mount -t tmpfs -o \"size=$2m,mode=0755\" plainsail-disk \"$1\" && echo mounted"
            + " && exec sleep infinity";

    private final Path mount;
    private final Process keeper;

    private PrivateDisk(Path mount, Process keeper) {
        this.mount = mount;
        this.keeper = keeper;
    }

    /** Whether this user and this machine can mount one. */
    public static boolean isPossible() {
        try {
            Processes.run(
                    new ProcessBuilder(
                            "unshare",
                            "--mount",
                            "--propagation",
                            "private",
                            "mount",
                            "-t",
                            "tmpfs",
                            "-o",
                            "size=1m",
                            "plainsail-disk",
                            "/mnt"),
                    Duration.ofSeconds(10));
            return true;
        } catch (TestbedException e) {
            return false;
        }
    }

    /**
     * Mounts an empty one.
     *
     * @param directory is there; programs {@link #inside} find the disk in its place
     * @throws TestbedException if it cannot be mounted
     */
    static PrivateDisk mount(Path directory, int mebibytes) {
        List<String> command = List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "/bin/sh",
                "-c",
                KEEP,
                "plainsail-disk",
                directory.toString(),
                Integer.toString(mebibytes));
        try {
            Process keeper = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .start();
            Lifeline.ofThisJvm().hold(keeper);
            String said = new BufferedReader(new InputStreamReader(keeper.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (!"mounted".equals(said)) {
                Processes.kill(keeper);
                throw new TestbedException("a disk cannot be mounted on " + directory + ", it needs root: " + said);
            }
            return new PrivateDisk(directory, keeper);
        } catch (IOException e) {
            throw new TestbedException("a disk cannot be mounted on " + directory, e);
        }
    }

    /** The command so that it sees the disk; its process id is the started process's own. */
    List<String> inside(List<String> command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--mount=/proc/" + keeper.pid() + "/ns/mnt", "--"));
        all.addAll(command);
        return all;
    }

    /** The disk's directory, as this JVM sees it. */
    Path root() {
        return Path.of("/proc/" + keeper.pid() + "/root" + mount);
    }

    /** Fills what is free, to the last block. To be repeated: who is full may make room by itself. */
    public void fill() {
        ByteBuffer zeros = ByteBuffer.allocate(CHUNK_BYTES);
        try (FileChannel file = FileChannel.open(
                ballast(), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            int size = CHUNK_BYTES;
            while (size >= SMALLEST_BYTES) {
                try {
                    file.write(zeros.clear().limit(size));
                } catch (IOException full) {
                    size /= 2;
                }
            }
        } catch (IOException e) {
            if (free() > 0) {
                throw new TestbedException("the disk on " + mount + " cannot be filled", e);
            }
        }
    }

    /** Makes room again. */
    public void empty() {
        try {
            Files.deleteIfExists(ballast());
        } catch (IOException e) {
            throw new TestbedException("room cannot be made on " + mount, e);
        }
    }

    /** Bytes that can still be written. */
    public long free() {
        return root().toFile().getUsableSpace();
    }

    private Path ballast() {
        return root().resolve("ballast");
    }

    /** Ends it with all that is on it. Programs that still run in it keep it for as long as they do. */
    @Override
    public void close() {
        Processes.kill(keeper);
    }

    @Override
    public String toString() {
        return "disk on " + mount;
    }
}
