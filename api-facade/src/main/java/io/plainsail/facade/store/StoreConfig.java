package io.plainsail.facade.store;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Where jobs are kept.
 *
 * @param url JDBC URL: {@code jdbc:h2:file:PATH} for one machine (default {@code ./.plainsail/jobs}) or
 *     {@code jdbc:postgresql://…} for several facades
 * @param user database user; H2 ignores it
 * @param password its password
 * @param poolSize connections at most; more helps PostgreSQL only as far as it has cores. Default 8
 */
public record StoreConfig(String url, String user, Secret password, int poolSize) {

    public static final String DEFAULT_URL = "jdbc:h2:file:./.plainsail/jobs";

    public StoreConfig {
        if (!url.startsWith("jdbc:h2:file:") && !url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("store.url is \"" + url
                    + "\": must start with jdbc:h2:file: or jdbc:postgresql: (default " + DEFAULT_URL + ")");
        }
        if (poolSize < 3 || poolSize > 200) {
            throw new IllegalArgumentException("store.poolSize is " + poolSize + ": must be 3 to 200 (default 8)");
        }
    }

    /** From configuration: what is absent has its default. */
    @JsonCreator
    public static StoreConfig configured(
            @JsonProperty("url") @Nullable String url,
            @JsonProperty("user") @Nullable String user,
            @JsonProperty("password") @Nullable Secret password,
            @JsonProperty("poolSize") @Nullable Integer poolSize) {
        return new StoreConfig(
                url == null ? DEFAULT_URL : url,
                user == null ? "plainsail" : user,
                password == null ? new Secret("") : password,
                poolSize == null ? 8 : poolSize);
    }

    public static StoreConfig of(String url) {
        return configured(url, null, null, null);
    }

    /** The dialect that the URL speaks. */
    public Dialect dialect() {
        return url.startsWith("jdbc:h2:") ? Dialect.H2 : Dialect.POSTGRESQL;
    }
}
