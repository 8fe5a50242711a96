// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.gatepost.gateway.config.ConfigFile;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.RetrySchedule;
import org.gatepost.gateway.delivery.Scheduler;
import org.gatepost.gateway.routing.Connectors;
import org.gatepost.names.DomainName;
import org.gatepost.policy.OperatorDemand;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PacesTest {
    private static final DomainName SLOW = DomainName.parse("a.slow.test");
    private static final DomainName OTHER = DomainName.parse("other.test");

    @Test
    void connectorsHaveTheirOwnPaceAndOthersTheQueues(@TempDir Path folder) throws Exception {
        GatewayConfig config = ConfigFile.read(Files.writeString(folder.resolve("gatepost.toml"), """
                queue.lifetime = "2d"
                [[connector]]
                name = "slow"
                domains = ["*.slow.test"]
                retry = ["1h"]
                concurrency = 2
                [[connector]]
                name = "unbound"
                domains = ["unbound.test"]
                """));
        var connectors = new Connectors(config.connectors(), OperatorDemand.USUAL, InstantSource.system());

        var schedules = Paces.schedules(config.queue(), connectors);
        assertThat(schedules.of(SLOW))
                .isEqualTo(new RetrySchedule(
                        List.of(Duration.ofHours(1)),
                        Duration.ofDays(2),
                        config.queue().delayWarning()));
        assertThat(schedules.of(OTHER))
                .isEqualTo(new RetrySchedule(
                        config.queue().retry(),
                        Duration.ofDays(2),
                        config.queue().delayWarning()));

        var bounds = Paces.bounds(config, connectors).perConnector();
        assertThat(bounds.apply(SLOW)).contains(new Scheduler.ConnectorBound("slow", 2));
        assertThat(bounds.apply(OTHER)).isEmpty();
        assertThat(bounds.apply(DomainName.parse("unbound.test"))).isEmpty();
    }
}
