package io.plainsail.workers.packer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A line of {@code packer -machine-readable}: {@code timestamp,target,type,data…}. A comma in a value is written
 * {@code %!(PACKER_COMMA)}, the ends of its lines {@code \n} and {@code \r}.
 *
 * @param target the build it is about, such as {@code qemu.base}; empty for none
 * @param type such as {@code ui} or {@code artifact}
 * @param data the values, one or more
 */
record MachineLine(String target, String type, List<String> data) {
    private static final int MOST_VALUES = 100;

    MachineLine {
        data = List.copyOf(data);
    }

    /** Reads a line; empty if it is none of this kind. */
    static Optional<MachineLine> parse(String line) {
        String[] values = line.split(",", MOST_VALUES);
        if (values.length < 3 || !isNumber(values[0]) || values[2].isEmpty()) {
            return Optional.empty();
        }
        List<String> data = new ArrayList<>();
        for (int i = 3; i < values.length; i++) {
            data.add(unescape(values[i]));
        }
        return Optional.of(new MachineLine(unescape(values[1]), values[2], data));
    }

    /** The n-th value; empty text if there is none. */
    String value(int n) {
        return n < data.size() ? data.get(n) : "";
    }

    /** A value as it was before it was written. Packer does not mark a backslash that was there before. */
    static String unescape(String value) {
        return value.replace("%!(PACKER_COMMA)", ",").replace("\\n", "\n").replace("\\r", "\r");
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 20 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
