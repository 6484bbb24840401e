package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerProviderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    /** A tool that needs a size. */
    public record SizeConfig(int size) {
        public SizeConfig {
            if (size < 1) {
                throw new IllegalArgumentException("size is " + size + ": must be 1 or more");
            }
        }
    }

    abstract static class Named implements WorkerProvider<SizeConfig> {
        @Override
        public Class<SizeConfig> handlerConfig() {
            return SizeConfig.class;
        }

        @Override
        public WorkerService create(SizeConfig config) throws Exception {
            if (config.size() == 13) {
                throw new IOException("no luck");
            }
            return WorkerService.named(name() + "-" + config.size());
        }
    }

    public static final class Adder extends Named {
        @Override
        public String name() {
            return "adder";
        }
    }

    public static final class Boiler extends Named {
        @Override
        public String name() {
            return "boiler";
        }
    }

    public static final class OtherAdder extends Named {
        @Override
        public String name() {
            return "adder";
        }
    }

    @Test
    void everyProviderOfTheClassPathIsFoundByName() throws IOException {
        assertThat(found(Boiler.class.getName(), Adder.class.getName()))
                .extracting(WorkerProvider::name)
                .containsExactly("adder", "boiler");
    }

    @Test
    void twoOfOneNameAreRefused() {
        assertThatThrownBy(() -> found(Adder.class.getName(), OtherAdder.class.getName()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("two worker services on the class path are named \"adder\"")
                .hasMessageContaining("OtherAdder");
    }

    @Test
    void oneThatCannotBeLoadedIsNamed() {
        assertThatThrownBy(() -> found("org.example.Missing"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("org.example.Missing");
    }

    @Test
    void aProcessRunsExactlyOne() {
        assertThat(WorkerMain.only(List.of(new Adder())).name()).isEqualTo("adder");
        assertThatThrownBy(() -> WorkerMain.only(List.of())).hasMessageContaining("[]: must be exactly one");
        assertThatThrownBy(() -> WorkerMain.only(List.of(new Adder(), new Boiler())))
                .hasMessageContaining("[adder, boiler]: must be exactly one");
    }

    @Test
    void settingsAreLaidOverTheDefaultsAndFilledFromTheEnvironment() {
        ConfiguredWorker worker = ConfiguredWorker.of(
                new Adder(),
                Map.of("handler", Map.of("size", "${SIZE}"), "admin", Map.of("port", -1)),
                Map.of("SIZE", "7", "PLAINSAIL_CONCURRENCY", "3"));
        assertThat(worker.service().name()).isEqualTo("adder-7");
        assertThat(worker.config().admin().port()).isEqualTo(-1);
        assertThat(worker.config().attempts().concurrency()).isEqualTo(3);
    }

    @Test
    void whatIsWrongIsSaidWithTheWorkersName() {
        assertThatThrownBy(() -> configured(Map.of("size", 0)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("worker adder: handler.size is 0: must be 1 or more");
        assertThatThrownBy(() -> configured(Map.of("size", 1, "sizes", 1)))
                .hasMessageContaining("worker adder: handler.sizes: unknown field");
        assertThatThrownBy(() -> configured(Map.of("size", 13)))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("worker adder: the service cannot be made: no luck");
    }

    private static ConfiguredWorker configured(Map<String, ?> handler) {
        return ConfiguredWorker.of(new Adder(), Map.of("handler", handler), Map.of());
    }

    private List<WorkerProvider<?>> found(String... classes) throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.write(services.resolve(WorkerProvider.class.getName()), List.of(classes));
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            return WorkerProvider.all();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
