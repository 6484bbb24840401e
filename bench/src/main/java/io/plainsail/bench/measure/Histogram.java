package io.plainsail.bench.measure;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How often which value was seen, to within one percent, in constant room: each power of two has 128 buckets of equal
 * width. Values are whole numbers of any unit; here microseconds. Thread-safe.
 */
public final class Histogram {
    /** Of a value, kept exactly: 2^7 buckets. */
    private static final int BITS = 7;

    private static final long LARGEST = (1L << 40) - 1;

    private final AtomicLongArray counts = new AtomicLongArray(index(LARGEST) + 1);

    /** From buckets as {@link #buckets()} gives them. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Histogram of(Map<Long, Long> buckets) {
        Histogram histogram = new Histogram();
        buckets.forEach(histogram::add);
        return histogram;
    }

    /** Counts a value; a negative one as 0, one above 2^40 as that. */
    public void record(long value) {
        add(value, 1);
    }

    private void add(long value, long times) {
        counts.addAndGet(index(Math.max(0, Math.min(LARGEST, value))), times);
    }

    public long count() {
        long sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    /**
     * The value that the given part of all values does not exceed; 0 if there are none.
     *
     * @param part 0 to 1, such as 0.99
     */
    public long quantile(double part) {
        long rank = Math.max(1, (long) Math.ceil(part * count()));
        long seen = 0;
        for (int i = 0; i < counts.length(); i++) {
            seen += counts.get(i);
            if (seen >= rank) {
                return upperEdge(i);
            }
        }
        return 0;
    }

    /** The largest value of each bucket that is not empty, and its count. */
    @JsonValue
    public Map<Long, Long> buckets() {
        Map<Long, Long> buckets = new TreeMap<>();
        for (int i = 0; i < counts.length(); i++) {
            if (counts.get(i) > 0) {
                buckets.put(upperEdge(i), counts.get(i));
            }
        }
        return buckets;
    }

    private static int index(long value) {
        int shift = Math.max(0, Long.SIZE - 1 - BITS - Long.numberOfLeadingZeros(value | 1));
        return (shift << BITS) + (int) (value >>> shift);
    }

    private static long upperEdge(int index) {
        int shift = Math.max(0, (index >> BITS) - 1);
        long within = index - ((long) shift << BITS);
        return ((within + 1) << shift) - 1;
    }
}
