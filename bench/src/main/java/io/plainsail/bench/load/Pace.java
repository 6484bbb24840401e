package io.plainsail.bench.load;

/**
 * How requests follow each other.
 *
 * @param perSecond requests a second, {@link Mode#OPEN} only
 * @param window jobs under way, at most, {@link Mode#WINDOWED} only
 * @param left the facade's metric that counts the jobs that are not under way any more, {@link Mode#WINDOWED} only
 */
public record Pace(Mode mode, int perSecond, int window, String left) {

    /** Who says when the next request is sent. */
    public enum Mode {
        /** The service: each connection sends the next request when the last is answered. */
        CLOSED,
        /** The same, but waiting while too many jobs are under way. */
        WINDOWED,
        /** The clock, whether or not earlier ones are answered. Times count from when a request was due. */
        OPEN
    }

    public Pace {
        boolean open = mode == Mode.OPEN;
        boolean windowed = mode == Mode.WINDOWED;
        if (open != (perSecond > 0) || windowed != (window > 0) || windowed == left.isEmpty()) {
            throw new IllegalArgumentException(mode + ": perSecond is " + perSecond + ", window " + window
                    + " and left \"" + left + "\": must be given where they mean something, else 0 and empty");
        }
    }

    public static Pace closed() {
        return new Pace(Mode.CLOSED, 0, 0, "");
    }

    /** With so many jobs at most that are accepted and not finished. */
    public static Pace untilFinished(int window) {
        return new Pace(Mode.WINDOWED, 0, window, FacadeCounters.FINISHED);
    }

    /** With so many jobs at most that are accepted and that the broker has not confirmed. */
    public static Pace untilConfirmed(int window) {
        return new Pace(Mode.WINDOWED, 0, window, FacadeCounters.CONFIRMED);
    }

    public static Pace open(int perSecond) {
        return new Pace(Mode.OPEN, perSecond, 0, "");
    }
}
