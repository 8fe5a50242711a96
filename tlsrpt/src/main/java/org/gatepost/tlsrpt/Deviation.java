// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tlsrpt;

/// Something in a received report that RFC 8460 has otherwise, and that was taken all the same.
///
/// @param place a JSON pointer (RFC 6901) such as `/policies/0/policy/policy-string`, or the part of the mail;
/// printable
/// @param rule what is to be there, or how it was taken; one printable line
public record Deviation(String place, String rule) {}
