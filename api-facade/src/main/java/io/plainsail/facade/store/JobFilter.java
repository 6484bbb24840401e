package io.plainsail.facade.store;

import static java.util.stream.Collectors.joining;

import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import java.util.HashMap;
import java.util.Map;

/**
 * A query's conditions on rows of {@code jobs}.
 *
 * @param where to stand behind the word, never empty
 * @param values by the names that stand in it
 */
record JobFilter(String where, Map<String, Object> values) {

    static JobFilter of(JobQuery query) {
        StringBuilder where = new StringBuilder("true");
        Map<String, Object> values = new HashMap<>();
        if (!query.states().isEmpty()) {
            where.append(" and state in (")
                    .append(query.states().stream()
                            .map(state -> "'" + state.word() + "'")
                            .collect(joining(", ")))
                    .append(")");
        }
        if (query.type() != null) {
            where.append(" and type = :type");
            values.put("type", query.type());
        }
        if (query.fingerprint() != null) {
            where.append(" and fingerprint = :fingerprint");
            values.put("fingerprint", query.fingerprint());
        }
        if (query.tenant() != null) {
            // The second half lets PostgreSQL see that the index fits, whatever the value is.
            where.append(" and tenant = :tenant and tenant <> ''");
            values.put("tenant", query.tenant());
        }
        if (query.notReplayed()) {
            where.append(" and not exists (select 1 from jobs replay where replay.replay_of = jobs.id)");
        }
        if (query.acceptedFrom() != null) {
            where.append(" and id >= :from");
            values.put("from", JobIds.smallestAt(query.acceptedFrom()));
        }
        if (query.acceptedBefore() != null) {
            where.append(" and id < :before");
            values.put("before", JobIds.smallestAt(query.acceptedBefore()));
        }
        if (query.olderThan() != null) {
            where.append(" and id < :olderThan");
            values.put("olderThan", query.olderThan());
        }
        int number = 0;
        for (Map.Entry<String, String> label : query.labels().entrySet()) {
            where.append(" and exists (select 1 from job_labels where job_id = jobs.id and name = :name" + number
                    + " and val = :value" + number + ")");
            values.put("name" + number, label.getKey());
            values.put("value" + number, label.getValue());
            number++;
        }
        return new JobFilter(where.toString(), values);
    }
}
