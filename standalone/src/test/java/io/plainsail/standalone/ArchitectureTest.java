package io.plainsail.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The arrows between the parts, as docs/ARCHITECTURE.md draws them. */
class ArchitectureTest {
    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.plainsail");

    @Test
    void facadeAndWorkersShareContractsAndMessagingAlone() {
        noClasses()
                .that()
                .resideInAPackage("io.plainsail.facade..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.plainsail.worker..", "io.plainsail.workers..")
                .check(ALL);
        noClasses()
                .that()
                .resideInAnyPackage("io.plainsail.worker..", "io.plainsail.workers..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.plainsail.facade..")
                .check(ALL);
    }

    @Test
    void workersKnowNoOtherWorker() {
        slices().matching("io.plainsail.workers.(*)..")
                .should()
                .notDependOnEachOther()
                .check(ALL);
    }

    @Test
    void contractsDependOnNoOtherModule() {
        noClasses()
                .that()
                .resideInAPackage("io.plainsail.contracts..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.plainsail.messaging..",
                        "io.plainsail.facade..",
                        "io.plainsail.worker..",
                        "io.plainsail.workers..")
                .check(ALL);
    }

    @Test
    void amqpStaysInItsAdapter() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.plainsail.messaging.amqp..", "io.plainsail.testbed..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.rabbitmq..")
                .check(ALL);
    }

    /** Or its classes would be loaded where nothing is recorded. */
    @Test
    void theSdkOfTracesStaysBehindItsDoor() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.plainsail.messaging.trace..", "io.plainsail.testbed..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.opentelemetry.sdk..", "io.opentelemetry.exporter..")
                .check(ALL);
        noClasses()
                .that()
                .resideInAPackage("io.plainsail.messaging.trace..")
                .and()
                .haveSimpleNameNotContaining("OtlpExport")
                .and()
                .haveSimpleNameNotContaining("Telling")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.opentelemetry.sdk..", "io.opentelemetry.exporter..")
                .check(ALL);
    }

    @Test
    void jdbiAndDriversStayInTheStore() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.plainsail.facade.store..", "io.plainsail.testbed..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jdbi..", "org.h2..", "org.postgresql..", "com.zaxxer..", "java.sql..")
                .check(ALL);
    }

    @Test
    void coreIsFreeOfHttpSqlAndBroker() {
        noClasses()
                .that()
                .resideInAPackage("io.plainsail.facade.job..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "jakarta.ws.rs..",
                        "org.jdbi..",
                        "java.sql..",
                        "io.plainsail.messaging..",
                        "io.plainsail.facade.http..",
                        "io.plainsail.facade.store..")
                .check(ALL);
    }

    @Test
    void httpStaysAtTheEdge() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.plainsail.facade.accept..",
                        "io.plainsail.facade.outbox..",
                        "io.plainsail.facade.events..",
                        "io.plainsail.facade.results..",
                        "io.plainsail.facade.store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta.ws.rs..", "io.plainsail.facade.http..")
                .check(ALL);
    }

    @Test
    void timeIsInjected() {
        noClasses()
                .that()
                .resideInAnyPackage("io.plainsail.facade..", "io.plainsail.worker..", "io.plainsail.contracts..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Instant.class, "now", Clock.class)
                .check(ALL);
    }

    @Test
    void packagesOfAModuleFormNoCircle() {
        slices().matching("io.plainsail.contracts.(*)..")
                .should()
                .beFreeOfCycles()
                .check(ALL);
        slices().matching("io.plainsail.messaging.(*)..")
                .should()
                .beFreeOfCycles()
                .check(ALL);
    }
}
