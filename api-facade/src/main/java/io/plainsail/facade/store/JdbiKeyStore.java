package io.plainsail.facade.store;

import io.plainsail.facade.access.ApiKey;
import io.plainsail.facade.access.KeyStore;
import io.plainsail.facade.access.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** API keys through Jdbi. Thread-safe. */
public final class JdbiKeyStore implements KeyStore {
    private final Database database;

    public JdbiKeyStore(Database database) {
        this.database = database;
    }

    @Override
    public List<ApiKey> all() {
        return database.read(handle -> handle.select("select * from api_keys order by created_at, id")
                .map((row, context) -> key(row))
                .list());
    }

    @Override
    public Optional<ApiKey> find(String id) {
        return database.read(handle -> handle.select("select * from api_keys where id = ?", id)
                .map((row, context) -> key(row))
                .findOne());
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString("id"),
                row.getString("hash"),
                row.getString("name"),
                row.getString("tenant"),
                Role.ofWord(row.getString("role")).orElseThrow(),
                types(row.getString("job_types")),
                row.getObject("per_minute", Integer.class),
                row.getObject("jobs_per_day", Integer.class),
                SqlTime.get(row, "created_at"),
                row.getString("created_by"),
                SqlTime.getOrNull(row, "expires_at"));
    }

    private static Set<String> types(String text) {
        return Arrays.stream(text.split(" ", -1))
                .filter(type -> !type.isEmpty())
                .collect(Collectors.toSet());
    }

    @Override
    public void add(ApiKey key) {
        database.write(handle -> handle.createUpdate("""
                        insert into api_keys (id, hash, name, tenant, role, job_types, per_minute, jobs_per_day, created_at,
                            created_by, expires_at)
                        values (:id, :hash, :name, :tenant, :role, :jobTypes, :perMinute, :jobsPerDay, :createdAt,
                            :createdBy, :expiresAt)""")
                .bind("id", key.id())
                .bind("hash", key.hash())
                .bind("name", key.name())
                .bind("tenant", key.tenant())
                .bind("role", key.role().word())
                .bind("jobTypes", key.jobTypes().stream().sorted().collect(Collectors.joining(" ")))
                .bind("perMinute", key.perMinute())
                .bind("jobsPerDay", key.jobsPerDay())
                .bind("createdAt", SqlTime.at(key.createdAt()))
                .bind("createdBy", key.createdBy())
                .bind("expiresAt", SqlTime.atOrNull(key.expiresAt()))
                .execute());
    }

    @Override
    public boolean remove(String id) {
        return database.write(handle -> handle.execute("delete from api_keys where id = ?", id)) > 0;
    }

    @Override
    public boolean expire(String id, @Nullable Instant at) {
        return database.write(handle ->
                        handle.execute("update api_keys set expires_at = ? where id = ?", SqlTime.atOrNull(at), id))
                > 0;
    }
}
