package io.plainsail.testbed;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.PullResponseItem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;

/** Whether Testcontainers can work here, found out within bounds. */
final class DockerAccess {
    private static final Duration HANDSHAKE = Duration.ofSeconds(30);
    private static final Duration PULL = Duration.ofMinutes(3);
    private static final int CONNECT_MILLIS = 2_000;

    private DockerAccess() {}

    /**
     * Empty if a Docker API answers and has the image, or could pull it; else why not. Without a socket to talk to it
     * answers at once; it takes three minutes at the very most, for a pull.
     */
    static Optional<String> missing(String image, Map<String, String> environment) {
        if (!somethingListens(environment)) {
            return Optional.of("no Docker API answers at DOCKER_HOST or the usual sockets");
        }
        try {
            return CompletableFuture.supplyAsync(() -> missing(DockerImageName.parse(image)))
                    .get(HANDSHAKE.plus(PULL).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return Optional.of("Docker did not answer in " + HANDSHAKE.plus(PULL));
        } catch (ExecutionException e) {
            return Optional.of("Docker cannot be used: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while asking Docker for " + image, e);
        }
    }

    private static Optional<String> missing(DockerImageName image) {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            return Optional.of("Testcontainers finds no working Docker API");
        }
        DockerClient docker = DockerClientFactory.lazyClient();
        if (isHere(docker, image)) {
            return Optional.empty();
        }
        String answer = pull(docker, image);
        return isHere(docker, image)
                ? Optional.empty()
                : Optional.of("image %s is not here and cannot be pulled: %s".formatted(image, answer));
    }

    private static boolean isHere(DockerClient docker, DockerImageName image) {
        try {
            docker.inspectImageCmd(image.asCanonicalNameString()).exec();
            return true;
        } catch (NotFoundException e) {
            return false;
        }
    }

    /** What went wrong, if anything did. */
    private static String pull(DockerClient docker, DockerImageName image) {
        // docker-java's own callback for pulls throws a NullPointerException on the way podman reports an error.
        Queue<String> errors = new ConcurrentLinkedQueue<>();
        ResultCallback.Adapter<PullResponseItem> callback = new ResultCallback.Adapter<>() {
            @Override
            public void onNext(PullResponseItem item) {
                if (item.getErrorDetail() != null) {
                    errors.add(
                            String.valueOf(item.getErrorDetail().getMessage()).strip());
                }
            }
        };
        try (callback) {
            boolean ended = docker.pullImageCmd(image.getUnversionedPart())
                    .withTag(image.getVersionPart())
                    .exec(callback)
                    .awaitCompletion(PULL.toMillis(), TimeUnit.MILLISECONDS);
            return ended ? String.join(", ", errors) : "not finished after " + PULL;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while pulling " + image, e);
        } catch (IOException | RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static boolean somethingListens(Map<String, String> environment) {
        String host = environment.get("DOCKER_HOST");
        if (host != null && !host.isBlank()) {
            return accepts(host);
        }
        return Stream.of(
                        Path.of("/var/run/docker.sock"),
                        Path.of(environment.getOrDefault("XDG_RUNTIME_DIR", "/nonexistent"), "docker.sock"),
                        Path.of(System.getProperty("user.home"), ".docker/run/docker.sock"),
                        Path.of(System.getProperty("user.home"), ".docker/desktop/docker.sock"))
                .anyMatch(DockerAccess::acceptsUnix);
    }

    private static boolean accepts(String host) {
        URI uri = URI.create(host);
        if ("unix".equals(uri.getScheme())) {
            return acceptsUnix(Path.of(uri.getPath()));
        }
        if (uri.getHost() == null || uri.getPort() < 0) {
            return true; // Nothing to try cheaply: Testcontainers decides.
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean acceptsUnix(Path socket) {
        if (!Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }
}
