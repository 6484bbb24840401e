package io.plainsail.client;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Whoever takes the client takes Jackson with it, and nothing else. */
class ClientStandsAloneTest {

    @Test
    void theClientNeedsJavaAndJackson() {
        classes()
                .that()
                .resideInAPackage("io.plainsail.client")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.plainsail.client",
                        "java..",
                        "javax.net.ssl..",
                        "com.fasterxml.jackson.core..",
                        "com.fasterxml.jackson.databind..",
                        "org.jspecify.annotations..")
                .check(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("io.plainsail.client"));
    }
}
