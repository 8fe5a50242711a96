// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

/// Writes policies as policy hosts serve them.
public final class StsPolicyPrinter {
    private StsPolicyPrinter() {}

    /// The file with CRLF line ends, which every implementation reads; [StsPolicyParser] reads the same
    /// policy back.
    public static String print(StsPolicy policy) {
        var file = new StringBuilder("version: STSv1\r\n");
        file.append("mode: ").append(policy.mode()).append("\r\n");
        policy.mx().forEach(pattern -> file.append("mx: ").append(pattern).append("\r\n"));
        return file.append("max_age: ")
                .append(policy.maxAge().toSeconds())
                .append("\r\n")
                .toString();
    }
}
