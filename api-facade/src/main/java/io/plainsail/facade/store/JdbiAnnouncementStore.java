package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.contracts.Announcement;
import io.plainsail.facade.contracts.AnnouncementStore;
import io.plainsail.facade.contracts.Speaker;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/** Announced contracts and their speakers through Jdbi. Thread-safe. */
public final class JdbiAnnouncementStore implements AnnouncementStore {
    private static final int MAX_SPEAKERS = 20_000;

    /** Those heard of last are kept. */
    static final int MAX_OF_VERSION = 50;

    private final Database database;

    public JdbiAnnouncementStore(Database database) {
        this.database = database;
    }

    private static JobType type(ResultSet row) throws SQLException {
        return new JobType(row.getString("type"), row.getInt("version"));
    }

    @Override
    public List<Announcement> all() {
        return database.read(handle -> handle.select("select * from announcements order by type, version, first_seen")
                .map((row, context) -> new Announcement(
                        type(row),
                        row.getString("digest"),
                        row.getString("document"),
                        row.getString("state").equals("accepted"),
                        row.getString("against"),
                        row.getString("findings"),
                        SqlTime.get(row, "decided_at"),
                        SqlTime.get(row, "first_seen"),
                        SqlTime.get(row, "last_seen")))
                .list());
    }

    @Override
    public void put(Announcement announcement) {
        database.write(handle -> {
            int updated = bind(handle.createUpdate("""
                            update announcements set document = :document, state = :state, against = :against,
                                findings = :findings, decided_at = :decidedAt, last_seen = :lastSeen
                            where type = :type and version = :version and digest = :digest"""), announcement).execute();
            // Two facades may hear of it at once: the second finds the row and leaves it.
            if (updated == 0) {
                bind(handle.createUpdate("""
                                    insert into announcements (type, version, digest, document, state, against, findings,
                                        decided_at, first_seen, last_seen)
                                    select :type, :version, :digest, :document, :state, :against, :findings,
                                        cast(:decidedAt as timestamp with time zone),
                                        cast(:firstSeen as timestamp with time zone),
                                        cast(:lastSeen as timestamp with time zone)
                                    where not exists (select 1 from announcements
                                        where type = :type and version = :version and digest = :digest)"""), announcement).execute();
                handle.createUpdate("""
                                delete from announcements where type = :type and version = :version
                                    and last_seen < (select min(last_seen) from (
                                        select last_seen from announcements where type = :type and version = :version
                                        order by last_seen desc fetch first %d rows only) newest)""".formatted(MAX_OF_VERSION))
                        .bind("type", announcement.jobType().name())
                        .bind("version", announcement.jobType().version())
                        .execute();
            }
            return updated;
        });
    }

    private static Update bind(Update update, Announcement announcement) {
        return update.bind("type", announcement.jobType().name())
                .bind("version", announcement.jobType().version())
                .bind("digest", announcement.digest())
                .bind("document", announcement.document())
                .bind("state", announcement.accepted() ? "accepted" : "refused")
                .bind("against", announcement.against())
                .bind("findings", announcement.findings())
                .bind("decidedAt", SqlTime.at(announcement.decidedAt()))
                .bind("firstSeen", SqlTime.at(announcement.firstSeen()))
                .bind("lastSeen", SqlTime.at(announcement.lastSeen()));
    }

    @Override
    public void spoke(List<Speaker> speakers) {
        database.write(handle -> {
            // In one order, whoever else writes the same rows.
            speakers.stream()
                    .sorted(Comparator.comparing(Speaker::jobType)
                            .thenComparing(Speaker::digest)
                            .thenComparing(speaker -> speaker.worker().instance()))
                    .forEach(speaker -> spoke(handle, speaker));
            return speakers.size();
        });
    }

    private static void spoke(Handle handle, Speaker speaker) {
        int updated = bind(handle.createUpdate("""
                        update speakers set service = :service, host = :host, release = :release, digest = :digest,
                            last_seen = :lastSeen
                        where type = :type and version = :version and instance = :instance"""), speaker).execute();
        if (updated == 0) {
            bind(handle.createUpdate("""
                            insert into speakers (type, version, instance, service, host, release, digest, last_seen)
                            select :type, :version, :instance, :service, :host, :release, :digest,
                                cast(:lastSeen as timestamp with time zone)
                            where not exists (select 1 from speakers
                                where type = :type and version = :version and instance = :instance)"""), speaker).execute();
        }
        for (String table : List.of("contracts", "announcements")) {
            bind(
                            handle.createUpdate("update " + table + " set last_seen = :lastSeen"
                                    + " where type = :type and version = :version and digest = :digest"),
                            speaker)
                    .execute();
        }
    }

    private static Update bind(Update update, Speaker speaker) {
        return update.bind("type", speaker.jobType().name())
                .bind("version", speaker.jobType().version())
                .bind("instance", speaker.worker().instance())
                .bind("service", speaker.worker().service())
                .bind("host", speaker.worker().host())
                .bind("release", speaker.worker().release())
                .bind("digest", speaker.digest())
                .bind("lastSeen", SqlTime.at(speaker.lastSeen()));
    }

    @Override
    public List<Speaker> speakers() {
        return database.read(handle -> handle.select("select * from speakers order by type, version, service, instance"
                        + " fetch first " + MAX_SPEAKERS + " rows only")
                .map((row, context) -> new Speaker(
                        type(row),
                        row.getString("digest"),
                        new Worker(
                                row.getString("service"),
                                row.getString("instance"),
                                row.getString("host"),
                                row.getString("release")),
                        SqlTime.get(row, "last_seen")))
                .list());
    }

    @Override
    public void gone(String instance) {
        database.write(handle -> handle.execute("delete from speakers where instance = ?", instance));
    }

    @Override
    public void forgetBefore(Instant speakers, Instant announcements) {
        boolean any = database.read(handle -> handle.select("""
                        select 1 from speakers where last_seen < ?
                        union all select 1 from announcements where last_seen < ? fetch first 1 rows only""", SqlTime.at(speakers), SqlTime.at(announcements))
                .mapTo(Integer.class)
                .findFirst()
                .isPresent());
        if (any) {
            database.write(handle -> handle.execute("delete from speakers where last_seen < ?", SqlTime.at(speakers))
                    + handle.execute("delete from announcements where last_seen < ?", SqlTime.at(announcements)));
        }
    }

    @Override
    public Map<JobType, Seen> seen() {
        Map<JobType, Seen> seen = new HashMap<>();
        database.read(handle -> handle.select("select type, version, first_seen, last_seen from contracts")
                        .map((row, context) -> Map.entry(
                                type(row), new Seen(SqlTime.get(row, "first_seen"), SqlTime.get(row, "last_seen"))))
                        .list())
                .forEach(one -> seen.put(one.getKey(), one.getValue()));
        return seen;
    }
}
