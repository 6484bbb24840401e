package io.plainsail.contracts.compatibility;

import java.util.Locale;

/** What is known of a change; the later, the worse. */
public enum Verdict {
    /** Proven: nothing that was promised before is broken. */
    COMPATIBLE,
    /** Neither proven nor disproven. */
    UNDECIDED,
    /** Something that was promised before is broken. */
    INCOMPATIBLE;

    /** As it is written in answers. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public Verdict orWorse(Verdict other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
