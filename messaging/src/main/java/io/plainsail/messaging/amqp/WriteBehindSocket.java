package io.plainsail.messaging.amqp;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP socket whose output stream never waits for the other side: what is written is kept, and a thread of its own
 * sends it, as much at a time as has gathered.
 *
 * <p>Why: the AMQP client writes to its socket under locks, one system call a message. When the broker is frozen, such a
 * write hangs, and with it everything that needs the lock, the closing of the connection too. Here a frozen broker shows
 * as {@link #hasRoom} turning false. It is the callers' part to look at it before they write something large: nothing is
 * refused, since half a message would break the connection.
 *
 * <p>Thread-safe.
 */
final class WriteBehindSocket extends Socket {
    private static final int INITIAL = 64 * 1024;
    private static final int RETAINED = 1024 * 1024;

    /** Bytes written and not yet taken by the system, above which there is no more room. */
    static final int ROOM = 4 * 1024 * 1024;

    private static final long LAST_WORDS_MILLIS = 200;

    private final ThreadFactory threads;
    private final Runnable onRoom;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition sent = lock.newCondition();

    /** Written and not yet handed to the sending thread: the first {@link #count} bytes. Guarded by the lock. */
    private byte[] kept = new byte[INITIAL];

    private int count;

    /** Bytes in the sending thread's hands that the system has not wholly taken. Guarded by the lock. */
    private int sending;

    /** Written under the lock, read without. */
    private volatile boolean ended;

    /** Written under the lock, read without. */
    private volatile boolean full;

    /**
     * @param threads makes the sending thread
     * @param onRoom called by the sending thread when there is room again; must not block
     */
    WriteBehindSocket(ThreadFactory threads, Runnable onRoom) {
        this.threads = threads;
        this.onRoom = onRoom;
    }

    private final OutputStream output = new OutputStream() {
        @Override
        public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            keep(bytes, offset, length);
        }
    };

    /** Starts sending; to be called once, after connecting. */
    void start() throws IOException {
        OutputStream wire = super.getOutputStream();
        threads.newThread(() -> send(wire)).start();
    }

    @Override
    public OutputStream getOutputStream() {
        return output;
    }

    /** Whether so little is kept that something large may be written. */
    boolean hasRoom() {
        return !full;
    }

    /** Whether nothing can be written any more. */
    boolean hasEnded() {
        return ended;
    }

    private void keep(byte[] bytes, int offset, int length) throws IOException {
        lock.lock();
        try {
            if (ended) {
                throw new IOException("the connection is closed");
            }
            if (count + length > kept.length) {
                kept = Arrays.copyOf(kept, Math.max(count + length, kept.length * 2));
            }
            System.arraycopy(bytes, offset, kept, count, length);
            if (count == 0) {
                work.signal();
            }
            count += length;
            full = count + sending > ROOM;
        } finally {
            lock.unlock();
        }
    }

    private void send(OutputStream wire) {
        byte[] spare = new byte[INITIAL];
        try {
            while (true) {
                byte[] bytes;
                int length;
                lock.lock();
                try {
                    while (count == 0) {
                        if (ended) {
                            return;
                        }
                        work.await();
                    }
                    bytes = kept;
                    length = count;
                    kept = spare;
                    count = 0;
                    sending = length;
                } finally {
                    lock.unlock();
                }
                wire.write(bytes, 0, length);
                spare = bytes.length > RETAINED ? new byte[INITIAL] : bytes;
                if (isRoomAgain()) {
                    onRoom.run();
                }
            }
        } catch (IOException | InterruptedException e) {
            abort();
        }
    }

    /** After all that was in hand is sent. */
    private boolean isRoomAgain() {
        lock.lock();
        try {
            sending = 0;
            sent.signalAll();
            boolean before = full;
            full = count > ROOM;
            return before && !full;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the connection at once; what is kept is not sent. Never throws. */
    void abort() {
        lock.lock();
        try {
            ended = true;
            count = 0;
            work.signalAll();
            sent.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            super.close();
        } catch (IOException e) {
            // Closed is what it was to be; there is nobody to tell and nothing else to do.
        }
    }

    /** Gives what is kept a moment to be sent, then ends the connection. */
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it waits, under a lock of its own
    public void close() {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(LAST_WORDS_MILLIS);
            while (!ended && (count > 0 || sending > 0) && left > 0) {
                left = sent.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        abort();
    }
}
