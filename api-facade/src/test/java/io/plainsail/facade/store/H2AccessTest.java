package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.facade.access.KeyText;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2AccessTest extends AccessContract {
    @TempDir
    Path directory;

    @Override
    StoreConfig freshDatabase() {
        return StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs"));
    }

    @Test
    void aKeyThatIsNotKnownIsNotDeniedWhileTheStoreIsAway() {
        String known = key(null, null, null).text().text();
        String unknown = KeyText.fresh().text();
        database.close();
        assertThat(keys.authenticate(known)).isPresent();
        assertThatThrownBy(() -> keys.authenticate(unknown)).isInstanceOf(StoreUnavailableException.class);
        assertThat(keys.authenticate("mistyped")).isEmpty();
    }
}
