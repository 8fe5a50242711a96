// SPDX-License-Identifier: Apache-2.0
/// Who may hand mail in from anywhere: users, their passwords, and those who guess at them.
@NullMarked
package org.gatepost.gateway.users;

import org.jspecify.annotations.NullMarked;
