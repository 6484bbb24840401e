package io.plainsail.chaos.subject;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The way from one part to another: a port on loopback whose connections go on to another port.
 *
 * <p>Cut, it holds every byte and every end of a connection in both directions until it is whole again, as TCP does
 * while its packets are dropped: each side knows only that nothing comes, and may give the connection up or not. Slow,
 * it holds each piece for a random time, as TCP does while some packets are late or lost and sent again.
 */
public final class Link implements AutoCloseable {
    private static final int PIECE = 16 * 1024;

    private final int target;
    private final ServerSocket entrance;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object change = new Object();

    // Guarded by change.
    private boolean cut;
    private int mostMillis;
    private boolean closed;

    /**
     * @param target a port of this machine, where somebody listens sooner or later
     */
    public Link(int target) {
        this.target = target;
        try {
            this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    public int port() {
        return entrance.getLocalPort();
    }

    public void cut(boolean now) {
        synchronized (change) {
            cut = now;
            change.notifyAll();
        }
    }

    /**
     * @param most each piece takes up to so long; 0 for none
     */
    public void slow(int most) {
        synchronized (change) {
            mostMillis = most;
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "link");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (true) {
            Socket near;
            try {
                near = entrance.accept();
            } catch (IOException e) {
                return; // closed
            }
            sockets.add(near);
            start(() -> connect(near));
        }
    }

    private void connect(Socket near) {
        Socket far;
        try {
            awaitWhole();
            far = new Socket(InetAddress.getLoopbackAddress(), target);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
        } catch (IOException | InterruptedException e) {
            end(near);
            return;
        }
        sockets.add(far);
        start(() -> carry(near, far));
        start(() -> carry(far, near));
    }

    private void carry(Socket from, Socket to) {
        byte[] piece = new byte[PIECE];
        boolean broken = false;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = read(in, piece); length >= 0; length = read(in, piece)) {
                awaitWhole();
                delay();
                out.write(piece, 0, length);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            broken = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            broken = true;
        }
        if (broken || from.isOutputShutdown()) {
            end(from);
            end(to);
        }
    }

    /** An end too is not heard of before the way is whole again. */
    private int read(InputStream in, byte[] piece) throws IOException, InterruptedException {
        try {
            int length = in.read(piece);
            if (length < 0) {
                awaitWhole();
            }
            return length;
        } catch (IOException e) {
            awaitWhole();
            throw e;
        }
    }

    private void awaitWhole() throws InterruptedException {
        synchronized (change) {
            while (cut && !closed) {
                change.wait();
            }
        }
    }

    private void delay() throws InterruptedException {
        int most;
        synchronized (change) {
            most = mostMillis;
        }
        if (most > 0) {
            Thread.sleep(ThreadLocalRandom.current().nextInt(most + 1));
        }
    }

    private void end(Socket socket) {
        sockets.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    @Override
    public void close() {
        synchronized (change) {
            closed = true;
            change.notifyAll();
        }
        try {
            entrance.close();
        } catch (IOException e) {
            // Nobody comes in either way.
        }
        sockets.forEach(this::end);
    }
}
