/// An error of the Web API, by its code and never by its words (slack.md 2.3).
package enum SlackErrorCode: Hashable, Sendable, CustomStringConvertible {
    case known(Known)
    /// Permanent for the call it answers.
    case other(String)

    package init(_ code: String) { self = Known(rawValue: code).map(SlackErrorCode.known) ?? .other(code) }

    package var description: String {
        switch self {
        case .known(let known): known.rawValue
        case .other(let code): code
        }
    }

    /// Every documented code that has a reaction of its own.
    package enum Known: String, Hashable, Sendable, CaseIterable {
        // Rate.
        case ratelimited
        case rateLimited = "rate_limited"

        // Transient.
        case internalError = "internal_error"
        case fatalError = "fatal_error"
        case serviceUnavailable = "service_unavailable"
        case requestTimeout = "request_timeout"
        case updateFailed = "update_failed"
        case fetchMembersFailed = "fetch_members_failed"

        // Migration.
        case orgLoginRequired = "org_login_required"
        case teamAddedToOrg = "team_added_to_org"
        case externalChannelMigrating = "external_channel_migrating"

        // Credentials.
        case invalidAuth = "invalid_auth"
        case notAuthed = "not_authed"
        case accountInactive = "account_inactive"
        case tokenRevoked = "token_revoked"
        case userRemovedFromTeam = "user_removed_from_team"
        case teamDisabled = "team_disabled"
        case tokenExpired = "token_expired"

        // Configuration.
        case missingScope = "missing_scope"
        case notAllowedTokenType = "not_allowed_token_type"
        case noPermission = "no_permission"
        case appAccessRestricted = "app_access_restricted"
        case accessDenied = "access_denied"
        case accesslimited
        case ekmAccessDenied = "ekm_access_denied"
        case twoFactorSetupRequired = "two_factor_setup_required"
        case teamAccessNotGranted = "team_access_not_granted"
        case enterpriseIsRestricted = "enterprise_is_restricted"
        case methodDeprecated = "method_deprecated"
        case deprecatedEndpoint = "deprecated_endpoint"
        case unknownMethod = "unknown_method"
        case planUpgradeRequired = "plan_upgrade_required"

        // Our bug.
        case invalidArguments = "invalid_arguments"
        case invalidArgName = "invalid_arg_name"
        case invalidArrayArg = "invalid_array_arg"
        case missingArgument = "missing_argument"
        case invalidJSON = "invalid_json"
        case jsonNotObject = "json_not_object"
        case invalidFormData = "invalid_form_data"
        case invalidCharset = "invalid_charset"
        case invalidPostType = "invalid_post_type"
        case missingPostType = "missing_post_type"
        case invalidBlocks = "invalid_blocks"
        case invalidBlocksFormat = "invalid_blocks_format"
        case invalidAttachments = "invalid_attachments"
        case noText = "no_text"
        case msgTooLong = "msg_too_long"
        case msgBlocksTooLong = "msg_blocks_too_long"
        case tooManyAttachments = "too_many_attachments"
        case metadataTooLarge = "metadata_too_large"
        case viewTooLarge = "view_too_large"
        case invalidCursor = "invalid_cursor"
        case invalidLimit = "invalid_limit"
        case invalidTypes = "invalid_types"
        case markdownTextConflict = "markdown_text_conflict"
        case blockMismatch = "block_mismatch"

        // Channels and messages.
        case channelNotFound = "channel_not_found"
        case notInChannel = "not_in_channel"
        case isArchived = "is_archived"
        case isInactive = "is_inactive"
        case restrictedAction = "restricted_action"
        case cannotReplyToMessage = "cannot_reply_to_message"
        case messagesTabDisabled = "messages_tab_disabled"
        case messageLimitExceeded = "message_limit_exceeded"
        case teamNotFound = "team_not_found"
        case messageNotFound = "message_not_found"
        case cantUpdateMessage = "cant_update_message"
        case editWindowClosed = "edit_window_closed"
        case cantDeleteMessage = "cant_delete_message"
        case userNotInChannel = "user_not_in_channel"

        // Views.
        case expiredTriggerID = "expired_trigger_id"
        case exchangedTriggerID = "exchanged_trigger_id"
        case invalidTriggerID = "invalid_trigger_id"
        case pushLimitReached = "push_limit_reached"
        case notFound = "not_found"
        case hashConflict = "hash_conflict"
        case duplicateExternalID = "duplicate_external_id"
        case notEnabled = "not_enabled"

        // People and membership.
        case userNotFound = "user_not_found"
        case userNotVisible = "user_not_visible"
        case userDisabled = "user_disabled"
        case invalidUserCombination = "invalid_user_combination"
        case cannotDMBot = "cannot_dm_bot"
        case tooManyUsers = "too_many_users"
        case notEnoughUsers = "not_enough_users"
        case usersListNotSupplied = "users_list_not_supplied"
        case alreadyInChannel = "already_in_channel"
        case methodNotSupportedForChannelType = "method_not_supported_for_channel_type"
        case tooManyMembers = "too_many_members"
        case usersNotFound = "users_not_found"
        case noSuchSubteam = "no_such_subteam"

        // Installation.
        case invalidCode = "invalid_code"
        case badRedirectURI = "bad_redirect_uri"
        case badClientSecret = "bad_client_secret"
        case invalidClientID = "invalid_client_id"
        case invalidRefreshToken = "invalid_refresh_token"
        case invalidGrantType = "invalid_grant_type"
        case oauthAuthorizationURLMismatch = "oauth_authorization_url_mismatch"
        case cannotInstallAnOrgInstalledApp = "cannot_install_an_org_installed_app"
    }
}
