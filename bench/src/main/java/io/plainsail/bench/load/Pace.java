package io.plainsail.bench.load;

/**
 * How requests follow each other.
 *
 * @param perSecond requests a second, {@link Mode#OPEN} only
 * @param window jobs accepted and not finished, at most, {@link Mode#WINDOWED} only
 */
public record Pace(Mode mode, int perSecond, int window) {

    /** Who says when the next request is sent. */
    public enum Mode {
        /** The service: each connection sends the next request when the last is answered. */
        CLOSED,
        /** The same, but waiting while too many accepted jobs are not finished. */
        WINDOWED,
        /** The clock, whether or not earlier ones are answered. Times count from when a request was due. */
        OPEN
    }

    public Pace {
        boolean open = mode == Mode.OPEN;
        boolean windowed = mode == Mode.WINDOWED;
        if (open != (perSecond > 0) || windowed != (window > 0)) {
            throw new IllegalArgumentException(mode + ": perSecond is " + perSecond + " and window " + window
                    + ": must be 1 or more where they mean something, else 0");
        }
    }

    public static Pace closed() {
        return new Pace(Mode.CLOSED, 0, 0);
    }

    public static Pace windowed(int window) {
        return new Pace(Mode.WINDOWED, 0, window);
    }

    public static Pace open(int perSecond) {
        return new Pace(Mode.OPEN, perSecond, 0);
    }
}
