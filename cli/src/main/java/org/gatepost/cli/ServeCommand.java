// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.config.GatewayConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Runs the gateway until it is told to stop.
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description =
                "Takes mail in and delivers it until SIGTERM or SIGINT; what is queued then goes on at the next start.")
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        GatewayConfig values = config.read();
        Gateway gateway = Gateway.start(values, Gateway.Environment.system());
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            gateway.close();
            stopped.countDown();
        }));
        var out = spec.commandLine().getOut();
        out.println("gatepost: ready, SMTP on " + list(gateway.smtpAddresses())
                + (gateway.httpAddresses().isEmpty() ? "" : "; HTTPS on " + list(gateway.httpAddresses())));
        out.flush();
        stopped.await();
        return 0;
    }

    private static String list(List<InetSocketAddress> addresses) {
        return addresses.stream().map(Gateway::text).collect(Collectors.joining(", "));
    }
}
