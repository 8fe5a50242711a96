// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli;

import java.util.concurrent.Callable;
import org.gatepost.gateway.Gateway;
import org.gatepost.gateway.Transport;
import org.gatepost.gateway.config.GatewayConfig;
import org.gatepost.gateway.delivery.SessionRecorder;
import org.gatepost.gateway.explain.Explainer;
import org.gatepost.gateway.explain.Explanation;
import org.gatepost.gateway.explain.ExplanationJson;
import org.gatepost.gateway.explain.ExplanationText;
import org.gatepost.spool.VolatilePolicyMemory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Says what would happen to a message, and why.
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = {
            "Shows the decision for an address or a domain with all its evidence. Sends no mail.",
            "Policies are looked up anew: what a running gateway remembers is not used.",
            "Exit status: 0 mail would go, 1 it would be held or returned, 2 the question cannot be asked."
        })
final class ExplainCommand implements Callable<Integer> {
    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "ADDRESS|DOMAIN", description = "such as user@example.com or example.com")
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private String subject;

    @Option(names = "--connect", description = "also talk to the hosts, up to where a message would be sent")
    private boolean connect;

    @Option(names = "--json", description = "print JSON (docs/reference/explain-json.md)")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
    private CommandSpec spec;

    private void requireDomain() {
        try {
            Explainer.domainOf(subject);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Integer call() throws Exception {
        requireDomain();
        GatewayConfig values = config.read();
        var environment = Gateway.Environment.system();
        try (Transport transport = Transport.of(
                values,
                new Transport.Store(new VolatilePolicyMemory(), SessionRecorder.none()),
                environment.clock(),
                environment.random())) {
            Explanation explanation = new Explainer(transport, environment.clock()).explain(subject, connect);
            var out = spec.commandLine().getOut();
            out.print(json ? ExplanationJson.render(explanation) : ExplanationText.render(explanation));
            out.flush();
            return explanation.failure().isPresent() ? Main.NO : 0;
        }
    }
}
