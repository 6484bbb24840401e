package io.plainsail.facade.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.contracts.ContractStore;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Contracts, and the facades' shared secret, through Jdbi. Thread-safe. */
public final class JdbiContractStore implements ContractStore {
    private static final String TOKEN_KEY = "attempt-token-key";

    private final Database database;

    public JdbiContractStore(Database database) {
        this.database = database;
    }

    @Override
    public List<Contract> all() {
        return database
                .read(handle -> handle.select("select document from contracts")
                        .mapTo(String.class)
                        .list())
                .stream()
                .map(document -> ContractFormat.read(StrictJson.read(document.getBytes(StandardCharsets.UTF_8))))
                .toList();
    }

    @Override
    public void put(Contract contract, Instant now) {
        String document = text(contract);
        database.write(handle -> {
            int updated = handle.execute(
                    "update contracts set digest = ?, document = ?, last_seen = ? where type = ? and version = ?",
                    contract.digest(),
                    document,
                    SqlTime.at(now),
                    contract.jobType().name(),
                    contract.jobType().version());
            return updated > 0 ? updated : insert(handle, contract, document, now);
        });
    }

    @Override
    public boolean putFirst(Contract contract, Instant now) {
        String document = text(contract);
        return database.write(handle -> insert(handle, contract, document, now)) > 0;
    }

    /** Two facades may hear the first announcement at once: the second finds the row and leaves it. */
    private static int insert(Handle handle, Contract contract, String document, Instant now) {
        return handle.execute(
                """
                insert into contracts (type, version, digest, document, first_seen, last_seen)
                select ?, ?, ?, ?, cast(? as timestamp with time zone), cast(? as timestamp with time zone)
                where not exists (select 1 from contracts where type = ? and version = ?)""",
                contract.jobType().name(),
                contract.jobType().version(),
                contract.digest(),
                document,
                SqlTime.at(now),
                SqlTime.at(now),
                contract.jobType().name(),
                contract.jobType().version());
    }

    /** The key of attempt tokens, made by the first facade that asks: 32 random bytes. */
    public byte[] tokenKey() {
        byte[] fresh = new byte[32];
        new SecureRandom().nextBytes(fresh);
        database.write(handle -> handle.execute(
                "insert into secrets (name, val) select ?, ? where not exists (select 1 from secrets where name = ?)",
                TOKEN_KEY,
                Base64.getEncoder().encodeToString(fresh),
                TOKEN_KEY));
        return database.read(handle -> Base64.getDecoder()
                .decode(handle.select("select val from secrets where name = ?", TOKEN_KEY)
                        .mapTo(String.class)
                        .one()));
    }

    private static String text(Contract contract) {
        try {
            return StrictJson.mapper().writeValueAsString(ContractFormat.write(contract));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a contract that was read cannot be written", e);
        }
    }
}
