// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.explain;

import java.security.cert.X509Certificate;
import org.gatepost.tls.CertificateFacts;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A certificate as JSON.
final class CertificateView {
    private CertificateView() {}

    static void fill(ObjectNode node, X509Certificate certificate) {
        CertificateFacts facts = CertificateFacts.of(certificate);
        node.put("subject", facts.subject());
        node.put("issuer", facts.issuer());
        ArrayNode names = node.putArray("names");
        facts.names().forEach(names::add);
        node.put("not-before", facts.notBefore().toString());
        node.put("not-after", facts.notAfter().toString());
        node.put("certificate-sha256", facts.sha256());
        node.put("public-key-sha256", facts.spkiSha256());
    }
}
