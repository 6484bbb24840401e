package io.plainsail.facade.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.h2.api.Trigger;
import org.jspecify.annotations.Nullable;

/**
 * Stamps rows of {@code jobs} in H2 when they come or change in something that is shown. H2 makes one by its name, which
 * stands in the migration: it must not change. Thread-safe after {@link #init}.
 */
public final class StampTrigger implements Trigger {
    /** What is shown of a job and may change; what else is shown changes with one of these. */
    private static final List<String> SHOWN = List.of(
            "STATE",
            "REASON",
            "ATTEMPT",
            "STARTED_AT",
            "FINISHED_AT",
            "RETRY_AT",
            "WORKER_INSTANCE",
            "PROGRESS_PERCENT",
            "PROGRESS_MESSAGE",
            "PROGRESS_AT");

    private int changed;
    private int[] shown = {};

    @Override
    public void init(Connection connection, String schema, String trigger, String table, boolean before, int type)
            throws SQLException {
        Map<String, Integer> places = new HashMap<>();
        try (ResultSet columns = connection.getMetaData().getColumns(null, schema, table, null)) {
            while (columns.next()) {
                places.put(columns.getString("COLUMN_NAME"), columns.getInt("ORDINAL_POSITION") - 1);
            }
        }
        List<Integer> found = new ArrayList<>();
        SHOWN.forEach(name -> found.add(place(places, name)));
        shown = found.stream().mapToInt(Integer::intValue).toArray();
        changed = place(places, "CHANGED");
    }

    private static int place(Map<String, Integer> places, String column) {
        return Objects.requireNonNull(places.get(column), () -> "jobs has no column " + column + ": " + places);
    }

    @Override
    public void fire(Connection connection, @Nullable Object @Nullable [] before, @Nullable Object[] after) {
        long stamp = ChangeStamps.current();
        if (stamp != 0 && (before == null || differs(before, after))) {
            after[changed] = stamp;
        }
    }

    private boolean differs(@Nullable Object[] before, @Nullable Object[] after) {
        for (int place : shown) {
            if (!Objects.equals(before[place], after[place])) {
                return true;
            }
        }
        return false;
    }
}
