package io.plainsail.worker.service;

import io.plainsail.messaging.amqp.AmqpTransport;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The main of a worker service that is a process of its own: runs the one {@link WorkerProvider} on the class path. A
 * service that is none may have a main of its own, and calls {@link #run(String[], Class, ServiceFactory)} there.
 *
 * <p>Takes one optional argument, a YAML file ({@code --help} shows every setting). Runs until SIGTERM or SIGINT, drains
 * and exits with status 0; with 78 if the configuration is wrong, with 1 if the start fails otherwise. The broker and the
 * facade need not be there at the start.
 */
public final class WorkerMain {
    static final int EXIT_FAILED = 1;
    static final int EXIT_USAGE = 64;
    static final int EXIT_CONFIG = 78;

    private static final String REQUEST_TIME_BOUND = "sun.net.httpserver.maxReqTime";

    /** Makes the service from its handler's configuration, once. */
    @FunctionalInterface
    public interface ServiceFactory<C> {
        /**
         * @throws InvalidConfigException if the configuration cannot work; the process ends with status 78
         */
        WorkerService create(C handlerConfig) throws Exception;
    }

    /** A start that ends before it began. */
    private static final class Exit extends Exception {
        private static final long serialVersionUID = 1L;
        private final int status;

        Exit(int status) {
            super(null, null, false, false);
            this.status = status;
        }
    }

    private WorkerMain() {}

    public static void main(String[] args) {
        try {
            run(args, only(WorkerProvider.all()));
        } catch (InvalidConfigException e) {
            System.err.println("The worker is not started: " + e.getMessage());
            System.exit(EXIT_CONFIG);
        }
    }

    /** @throws InvalidConfigException naming those found, if they are not exactly one */
    static WorkerProvider<?> only(List<WorkerProvider<?>> found) {
        if (found.size() != 1) {
            throw new InvalidConfigException("worker services on the class path are "
                    + found.stream().map(WorkerProvider::name).toList()
                    + ": must be exactly one, named in META-INF/services/" + WorkerProvider.class.getName());
        }
        return found.get(0);
    }

    /** Runs what this provider offers. Does not return. */
    public static <C> void run(String[] args, WorkerProvider<C> provider) {
        run(args, provider.handlerConfig(), provider::create);
    }

    /** Runs a service whose handlers have nothing to configure. */
    public static void run(String[] args, WorkerService service) {
        run(args, service, Clock.systemUTC());
    }

    /** The same with a clock of its own. */
    public static void run(String[] args, WorkerService service, Clock clock) {
        run(args, NoHandlerConfig.class, none -> service, clock);
    }

    /**
     * Runs a service. Does not return.
     *
     * @param handlerConfig what the {@code handler:} part of the file is bound to, unknown fields refused; defaults of
     *     its own may stand in a resource of its name, such as {@code WebhookConfig.yml}, beside it
     */
    public static <C> void run(String[] args, Class<C> handlerConfig, ServiceFactory<C> factory) {
        run(args, handlerConfig, factory, Clock.systemUTC());
    }

    private static <C> void run(String[] args, Class<C> handlerConfig, ServiceFactory<C> factory, Clock clock) {
        Shutdown shutdown = new Shutdown();
        Thread hook = new Thread(() -> endWell(shutdown), "shutdown");
        // First of all: a signal may come while the worker starts, or the moment it says that it is started.
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            start(args, System.getenv(), handlerConfig, factory, clock, shutdown, System.out, System.err);
        } catch (Exit exit) {
            shutdown.close();
            exit(hook, exit.status);
        }
        awaitSignal();
    }

    /** Fills {@code shutdown} with what was opened. */
    private static <C> void start(
            String[] args,
            Map<String, String> environment,
            Class<C> handlerConfig,
            ServiceFactory<C> factory,
            Clock clock,
            Shutdown shutdown,
            PrintStream out,
            PrintStream err)
            throws Exit {
        ConfigFile<C> config = configure(args, environment, handlerConfig, out, err);
        WorkerLogging.configure(config.worker().logFormat(), config.worker().logLevel());
        Logger log = LoggerFactory.getLogger(WorkerMain.class);
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, thrown) -> log.error("Thread {} ended by what it did not catch", thread.getName(), thrown));
        if (System.getProperty(REQUEST_TIME_BOUND) == null) {
            System.setProperty(REQUEST_TIME_BOUND, "10");
        }
        try {
            WorkerService service = factory.create(config.handler());
            WorkerConfig worker = config.worker();
            AmqpTransport transport = shutdown.opened(
                    "The transport", AmqpTransport.create(worker.amqp().config(service.name())));
            FacadeAccess facade = shutdown.opened(
                    "The access to the facade",
                    new HttpFacadeAccess(
                            worker.facadeUrl(),
                            worker.facadeKey(),
                            worker.facadeAuthorities(),
                            WorkerThreads.pool(2, service.name(), "facade")));
            shutdown.opened("The worker", WorkerProcess.start(service, worker, transport, facade, clock));
        } catch (InvalidConfigException e) {
            log.error("The worker is not started: {}", e.getMessage());
            throw new Exit(EXIT_CONFIG);
        } catch (Exception e) {
            log.error("The worker is not started", e);
            throw new Exit(EXIT_FAILED);
        }
    }

    private static <C> ConfigFile<C> configure(
            String[] args, Map<String, String> environment, Class<C> handlerConfig, PrintStream out, PrintStream err)
            throws Exit {
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            out.print("usage: [config.yml]\n\n" + ConfigFile.defaultsText());
            throw new Exit(0);
        }
        if (args.length > 1) {
            err.println("usage: [config.yml]: one file at most, " + args.length + " arguments were given");
            throw new Exit(EXIT_USAGE);
        }
        try {
            return args.length == 0
                    ? ConfigFile.defaults(handlerConfig, environment)
                    : ConfigFile.read(Path.of(args[0]), handlerConfig, environment);
        } catch (InvalidConfigException e) {
            err.println("The configuration is wrong: " + e.getMessage());
            throw new Exit(EXIT_CONFIG);
        }
    }

    /** The hook of SIGTERM and SIGINT; further signals wait for it. */
    private static void endWell(Shutdown shutdown) {
        shutdown.close();
        WorkerLogging.stop();
        // The JVM's own status after a signal is 128 and more: a worker that drained has ended well.
        Runtime.getRuntime().halt(0);
    }

    /** With this status, unless a signal came first: then the hook ends the process. */
    private static void exit(Thread hook, int status) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            awaitSignal();
        }
        System.exit(status);
    }

    private static void awaitSignal() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
