// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The arrows of ARCHITECTURE.md: a module uses those listed for it and no others.
class ModuleArrowsTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.gatepost");

    private static final Map<String, List<String>> MAY_USE = new TreeMap<>(Map.ofEntries(
            Map.entry("names", List.of()),
            Map.entry("zones", List.of("names")),
            Map.entry("dns", List.of("names")),
            Map.entry("tls", List.of("names")),
            Map.entry("smtp", List.of("names")),
            Map.entry("tlsrpt", List.of("names")),
            Map.entry("policy", List.of("names", "dns", "tls", "tlsrpt")),
            Map.entry("spool", List.of("names", "smtp", "tlsrpt")),
            Map.entry("gateway", List.of("names", "dns", "tls", "smtp", "tlsrpt", "policy", "spool")),
            Map.entry("lab", List.of("names", "zones", "dns")),
            Map.entry(
                    "cli",
                    List.of("names", "dns", "tls", "smtp", "tlsrpt", "policy", "spool", "gateway", "lab", "zones"))));

    @TestFactory
    List<DynamicTest> aModuleUsesOnlyThoseAboveIt() {
        return MAY_USE.keySet().stream()
                .map(module -> DynamicTest.dynamicTest(module, () -> requireArrows(module)))
                .toList();
    }

    private static void requireArrows(String module) {
        String[] forbidden = MAY_USE.keySet().stream()
                .filter(other -> !other.equals(module)
                        && !MAY_USE.getOrDefault(module, List.of()).contains(other))
                .map(other -> "org.gatepost." + other + "..")
                .toArray(String[]::new);
        if (forbidden.length > 0) {
            noClasses()
                    .that()
                    .resideInAPackage("org.gatepost." + module + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .as(module + " must not use " + Arrays.toString(forbidden))
                    .check(CLASSES);
        }
    }

    @Test
    void thePolicyAndTheReportsArePure() { // no sockets, files, clocks, threads or logs where decisions are made
        noClasses()
                .that()
                .resideInAnyPackage("org.gatepost.policy..", "org.gatepost.tlsrpt..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.util.concurrent..", "org.slf4j..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.io\\.(File|Console|PrintStream|RandomAccessFile).*")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.net.Socket")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(CLASSES);
    }

    @Test
    void onlyTheCommandKnowsTheRealClock() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "org.gatepost.dns..",
                        "org.gatepost.smtp..",
                        "org.gatepost.tlsrpt..",
                        "org.gatepost.spool..",
                        "org.gatepost.policy..")
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(CLASSES);
    }

    @Test
    void nobodyAsksThePlatformToResolveNames() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.gatepost.zones..")
                .should()
                .callMethod(java.net.InetAddress.class, "getByName", String.class)
                .orShould()
                .callMethod(java.net.InetAddress.class, "getAllByName", String.class)
                .orShould()
                .callMethod(java.net.InetAddress.class, "getLocalHost")
                .orShould()
                .callConstructor(java.net.InetSocketAddress.class, String.class, int.class)
                .check(CLASSES);
    }
}
