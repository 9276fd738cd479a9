import SlackContract
import Testing

/// The tables of slack.md 2.3, written down a second time.
private let classes: [(SlackReaction, String)] = [
    (.rate, "ratelimited rate_limited"),
    (
        .transient,
        "internal_error fatal_error service_unavailable request_timeout update_failed fetch_members_failed"
    ),
    (.migration, "org_login_required team_added_to_org external_channel_migrating"),
    (
        .credentials,
        "invalid_auth not_authed account_inactive token_revoked user_removed_from_team team_disabled"
    ),
    (.tokenRefresh, "token_expired"),
    (
        .configuration,
        """
        missing_scope not_allowed_token_type no_permission app_access_restricted access_denied accesslimited \
        ekm_access_denied two_factor_setup_required team_access_not_granted enterprise_is_restricted \
        method_deprecated deprecated_endpoint unknown_method plan_upgrade_required
        """
    ),
    (
        .ourBug,
        """
        invalid_arguments invalid_arg_name invalid_array_arg missing_argument invalid_json json_not_object \
        invalid_form_data invalid_charset invalid_post_type missing_post_type invalid_blocks invalid_blocks_format \
        invalid_attachments no_text msg_too_long msg_blocks_too_long too_many_attachments metadata_too_large \
        view_too_large invalid_cursor invalid_limit invalid_types markdown_text_conflict block_mismatch
        """
    ),
]

private let methods = [
    "auth.test", "views.open", "views.push", "views.update", "views.publish", "chat.postMessage", "chat.update",
    "chat.postEphemeral", "chat.delete", "chat.getPermalink", "conversations.open", "conversations.info",
    "conversations.list", "conversations.members", "conversations.join", "conversations.history", "users.info",
    "users.lookupByEmail", "users.list", "team.info",
]

private let calls: [(String, String, SlackReaction)] = [
    ("chat.postMessage", "channel_not_found is_archived restricted_action", .call(.nextDestination)),
    (
        "chat.postMessage", "restricted_action_read_only_channel restricted_action_thread_only_channel",
        .call(.nextDestination)
    ),
    (
        "chat.postMessage", "cannot_reply_to_message messages_tab_disabled message_limit_exceeded",
        .call(.nextDestination)
    ),
    ("chat.postMessage", "not_in_channel", .call(.joinThenRepeat)),
    ("chat.postMessage", "team_not_found", .ourBug),
    ("chat.update", "message_not_found cant_update_message edit_window_closed", .call(.postNewMessage)),
    ("chat.update", "is_inactive", .call(.stopUpdating)),
    ("chat.update", "channel_not_found", .call(.nextDestination)),
    ("chat.delete", "message_not_found", .call(.treatAsDone)),
    ("chat.delete", "cant_delete_message", .permanent),
    ("chat.postEphemeral", "user_not_in_channel not_in_channel channel_not_found", .call(.answerPrivately)),
    ("views.open", "expired_trigger_id exchanged_trigger_id invalid_trigger_id", .call(.askToTryAgain)),
    ("views.push", "expired_trigger_id exchanged_trigger_id invalid_trigger_id", .call(.askToTryAgain)),
    ("views.push", "push_limit_reached", .call(.updateInstead)),
    ("views.update", "not_found hash_conflict", .call(.drop)),
    ("views.publish", "not_enabled", .configuration),
    ("views.open", "duplicate_external_id", .ourBug),
    (
        "conversations.open",
        """
        user_not_found user_not_visible user_disabled invalid_user_combination cannot_dm_bot too_many_users \
        not_enough_users users_list_not_supplied channel_not_found
        """,
        .call(.recipientUnreachable)
    ),
    (
        "conversations.join", "method_not_supported_for_channel_type is_archived too_many_members",
        .call(.askForInvitation)
    ),
    ("conversations.join", "already_in_channel", .call(.treatAsDone)),
    ("users.lookupByEmail", "users_not_found", .call(.unknownPerson)),
    ("users.info", "user_not_found user_not_visible", .call(.unknownPerson)),
    ("usergroups.users.list", "no_such_subteam plan_upgrade_required", .call(.fallbackApprovers)),
    ("usergroups.list", "plan_upgrade_required", .call(.fallbackApprovers)),
    (
        "oauth.v2.access",
        """
        invalid_code bad_redirect_uri bad_client_secret invalid_client_id invalid_refresh_token invalid_grant_type \
        oauth_authorization_url_mismatch cannot_install_an_org_installed_app
        """,
        .call(.restartInstallation)
    ),
]

@Suite struct `Reactions to Slack's errors` {
    @Test func `what a code means in general it means for every method`() {
        for (reaction, codes) in classes {
            for code in codes.split(separator: " ") {
                for method in methods {
                    #expect(SlackReaction.reaction(to: SlackErrorCode(String(code)), method: method) == reaction)
                }
            }
        }
    }

    @Test func `what a code means for one method goes first`() {
        for (method, codes, reaction) in calls {
            for code in codes.split(separator: " ") {
                #expect(
                    SlackReaction.reaction(to: SlackErrorCode(String(code)), method: method) == reaction,
                    "\(code) of \(method)"
                )
            }
        }
    }

    @Test func `every code that has a name is in a table, and so is every reaction`() {
        let listed = (classes.map(\.1) + calls.map(\.1)).flatMap { $0.split(separator: " ").map(String.init) }
        #expect(Set(SlackErrorCode.Known.allCases.map(\.rawValue)).subtracting(listed) == [])
        let reactions = calls.map(\.2)
        for reaction in SlackReaction.CallReaction.allCases { #expect(reactions.contains(.call(reaction))) }
    }

    @Test(arguments: methods) func `an unlisted code is permanent for its call`(method: String) {
        #expect(SlackErrorCode("brand_new") == .other("brand_new"))
        #expect(SlackReaction.reaction(to: .other("brand_new"), method: method) == .permanent)
        #expect(SlackReaction.reaction(to: .other(""), method: method) == .permanent)
    }

    @Test func `a code of one method says nothing about another`() {
        #expect(SlackReaction.reaction(to: .known(.usersNotFound), method: "chat.postMessage") == .permanent)
        #expect(SlackReaction.reaction(to: .known(.channelNotFound), method: "conversations.info") == .permanent)
        #expect(SlackReaction.reaction(to: .other("restricted_action_x"), method: "conversations.join") == .permanent)
        #expect(SlackReaction.reaction(to: .known(.planUpgradeRequired), method: "chat.postMessage") == .configuration)
    }

    @Test(
        arguments: zip(
            [200, 302, 400, 404, 429, 500, 503, 599],
            [nil, nil, nil, nil, .rate, .transient, .transient, .transient] as [SlackReaction?]))
    func `429 and failures of servers need no body`(status: Int, reaction: SlackReaction?) {
        #expect(SlackReaction.reaction(toStatus: status) == reaction)
    }
}
