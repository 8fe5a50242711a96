// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway;

import org.gatepost.gateway.config.Connector.Pace;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.config.GatewayConfig.Queue;
import org.gatepost.gateway.delivery.RetrySchedule;
import org.gatepost.gateway.delivery.RetrySchedules;
import org.gatepost.gateway.delivery.Scheduler;
import org.gatepost.gateway.routing.Connectors;

/// When mail is tried again, and how much goes at once: by the queue's keys, or the connector's (spec O5, O6).
final class Paces {
    private Paces() {}

    static RetrySchedules schedules(Queue queue, Connectors connectors) {
        RetrySchedule usual = new RetrySchedule(queue.retry(), queue.lifetime(), queue.delayWarning());
        return domain -> connectors
                .match(domain)
                .map(connector -> schedule(connector.pace(), queue))
                .orElse(usual);
    }

    private static RetrySchedule schedule(Pace pace, Queue queue) {
        return new RetrySchedule(pace.retry(), pace.lifetime(), queue.delayWarning());
    }

    static Scheduler.Bounds bounds(GatewayConfig config, Connectors connectors) {
        return new Scheduler.Bounds(
                config.queue().concurrency(),
                config.queue().concurrencyPerDomain(),
                domain -> connectors
                        .match(domain)
                        .flatMap(connector -> connector
                                .pace()
                                .concurrency()
                                .map(most -> new Scheduler.ConnectorBound(connector.name(), most))));
    }
}
