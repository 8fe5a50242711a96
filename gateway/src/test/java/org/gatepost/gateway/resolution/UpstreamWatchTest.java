// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.resolution;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.gatepost.dns.UpstreamHealth;
import org.gatepost.dns.UpstreamHealth.Finding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class UpstreamWatchTest {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(UpstreamWatch.class);
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(appender);
    }

    @Test
    void onlyAChangeIsReportedAndTheLossOfAllValidationIsAnError() throws InterruptedException { // pitfall 4
        Queue<UpstreamHealth> findings = new ArrayDeque<>(List.of(
                health(Finding.HEALTHY),
                health(Finding.HEALTHY),
                health(Finding.STRIPS_SIGNATURES),
                health(Finding.HEALTHY)));
        CountDownLatch allAsked = new CountDownLatch(1);
        try (UpstreamWatch watch = UpstreamWatch.start(() -> next(findings, allAsked), Duration.ofMillis(1))) {
            assertThat(watch).isNotNull();
            assertThat(line()).isEqualTo("INFO dns upstream: found HEALTHY");
            assertThat(line()).isEqualTo("WARN dns upstream: found STRIPS_SIGNATURES");
            assertThat(line()).startsWith("ERROR no dns upstream passes DNSSEC records on");
            assertThat(line()).isEqualTo("INFO dns upstream: found HEALTHY");
            assertThat(allAsked.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(lines).isEmpty();
    }

    private static UpstreamHealth next(Queue<UpstreamHealth> findings, CountDownLatch allAsked) {
        if (findings.size() > 1) {
            return findings.remove();
        }
        allAsked.countDown();
        return findings.element();
    }

    private String line() throws InterruptedException {
        return String.valueOf(lines.poll(30, TimeUnit.SECONDS));
    }

    private static UpstreamHealth health(Finding finding) {
        return new UpstreamHealth(List.of(new UpstreamHealth.Upstream(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 53), finding, "found " + finding)));
    }
}
