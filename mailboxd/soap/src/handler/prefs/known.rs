// SPDX-License-Identifier: AGPL-3.0-or-later
//! Preferences that clients know by name: what values they may have, and what holds where neither the account nor its class of
//! service says anything.

use crate::fault::{Fault, Result};

pub enum Is {
    Bool,
    /// From, to.
    Number(i64, i64),
    /// A number and one of ms, s, m, h, d.
    Duration,
    Word(&'static [&'static str]),
    Text,
}

use Is::{Bool, Duration, Number, Text, Word};

const FORMATS: &[&str] = &["text", "html", "same"];
const INCLUDES: &[&str] = &[
    "includeNone",
    "includeBody",
    "includeBodyWithPrefix",
    "includeBodyAndHeaders",
    "includeBodyAndHeadersWithPrefix",
    "includeSmart",
    "includeSmartWithPrefix",
    "includeSmartAndHeaders",
    "includeSmartAndHeadersWithPrefix",
    "includeAsAttachment",
];
const VIEWS: &[&str] = &["message", "conversation", "conversation-headers", "traditional"];
const CALENDAR_VIEWS: &[&str] = &["day", "week", "month", "workWeek", "schedule", "list", "year"];
const PANES: &[&str] = &["right", "bottom", "off"];
const CLIENTS: &[&str] = &["advanced", "standard", "modern", "touch"];
const DEDUPE: &[&str] = &["dedupeNone", "secondCopyifOnToOrCC", "dedupeAll"];
const RECEIPTS: &[&str] = &["always", "never", "prompt"];

/// Name, what it may be, what it is by default.
const KNOWN: &[(&str, Is, Option<&str>)] = &[
    ("zimbraPrefAccountTreeOpen", Bool, Some("TRUE")),
    ("zimbraPrefAdvancedClientEnforceMinDisplay", Bool, Some("TRUE")),
    ("zimbraPrefAppleIcalDelegationEnabled", Bool, Some("FALSE")),
    ("zimbraPrefAutoAddAddressEnabled", Bool, Some("TRUE")),
    ("zimbraPrefAutoAddAppointmentToCalendar", Bool, Some("TRUE")),
    ("zimbraPrefAutoCompleteQuickCompletionOnComma", Bool, Some("TRUE")),
    ("zimbraPrefAutoSaveDraftInterval", Duration, Some("30s")),
    ("zimbraPrefBriefcaseReadingPaneLocation", Word(PANES), Some("right")),
    ("zimbraPrefCalendarAlwaysShowMiniCal", Bool, Some("TRUE")),
    ("zimbraPrefCalendarAllowCancelEmailToSelf", Bool, Some("FALSE")),
    ("zimbraPrefCalendarAllowForwardedInvite", Bool, Some("TRUE")),
    ("zimbraPrefCalendarAllowPublishMethodInvite", Bool, Some("FALSE")),
    ("zimbraPrefCalendarApptReminderWarningTime", Number(0, 1_000_000), Some("5")),
    ("zimbraPrefCalendarApptVisibility", Word(&["public", "private"]), Some("public")),
    ("zimbraPrefCalendarAutoAddInvites", Bool, Some("TRUE")),
    ("zimbraPrefCalendarDayHourEnd", Number(0, 24), Some("18")),
    ("zimbraPrefCalendarDayHourStart", Number(0, 23), Some("8")),
    ("zimbraPrefCalendarDefaultApptDuration", Duration, Some("60m")),
    ("zimbraPrefCalendarFirstDayOfWeek", Number(0, 6), Some("0")),
    ("zimbraPrefCalendarForwardInvitesTo", Text, None),
    ("zimbraPrefCalendarInitialCheckedCalendars", Text, None),
    ("zimbraPrefCalendarInitialView", Word(CALENDAR_VIEWS), Some("workWeek")),
    ("zimbraPrefCalendarNotifyDelegatedChanges", Bool, Some("FALSE")),
    ("zimbraPrefCalendarReminderDeviceEmail", Text, None),
    ("zimbraPrefCalendarReminderDuration1", Text, Some("-PT15M")),
    ("zimbraPrefCalendarReminderEmail", Text, None),
    ("zimbraPrefCalendarReminderFlashTitle", Bool, Some("TRUE")),
    ("zimbraPrefCalendarReminderMobile", Bool, Some("FALSE")),
    ("zimbraPrefCalendarReminderSendEmail", Bool, Some("FALSE")),
    ("zimbraPrefCalendarReminderSoundsEnabled", Bool, Some("TRUE")),
    ("zimbraPrefCalendarReminderYMessenger", Bool, Some("FALSE")),
    ("zimbraPrefCalendarSendInviteDeniedAutoReply", Bool, Some("FALSE")),
    ("zimbraPrefCalendarShowDeclinedMeetings", Bool, Some("TRUE")),
    ("zimbraPrefCalendarShowPastDueReminders", Bool, Some("TRUE")),
    ("zimbraPrefCalendarToasterEnabled", Bool, Some("FALSE")),
    ("zimbraPrefCalendarUseQuickAdd", Bool, Some("TRUE")),
    ("zimbraPrefCalendarViewTimeInterval", Duration, Some("1h")),
    (
        "zimbraPrefCalendarWorkingHours",
        Text,
        Some("1:N:0800:1700,2:Y:0800:1700,3:Y:0800:1700,4:Y:0800:1700,5:Y:0800:1700,6:Y:0800:1700,7:N:0800:1700"),
    ),
    ("zimbraPrefChildVisibleAccount", Text, None),
    ("zimbraPrefClientType", Word(CLIENTS), Some("advanced")),
    ("zimbraPrefComposeDirection", Word(&["LTR", "RTL"]), Some("LTR")),
    ("zimbraPrefComposeFormat", Word(&["text", "html"]), Some("html")),
    ("zimbraPrefComposeInNewWindow", Bool, Some("FALSE")),
    ("zimbraPrefContactsDisableAutocompleteOnContactGroupMembers", Bool, Some("FALSE")),
    ("zimbraPrefContactsExpandAppleContactGroups", Bool, Some("FALSE")),
    ("zimbraPrefContactsInitialView", Word(&["list", "cards"]), None),
    ("zimbraPrefContactsPerPage", Number(1, 1_000), Some("25")),
    ("zimbraPrefConversationOrder", Word(&["dateDesc", "dateAsc"]), Some("dateDesc")),
    ("zimbraPrefConvReadingPaneLocation", Word(PANES), Some("bottom")),
    ("zimbraPrefConvShowCalendar", Bool, Some("FALSE")),
    ("zimbraPrefDedupeMessagesSentToSelf", Word(DEDUPE), Some("dedupeNone")),
    ("zimbraPrefDefaultPrintFontSize", Text, Some("12pt")),
    ("zimbraPrefDefaultSignatureId", Text, None),
    ("zimbraPrefDeleteInviteOnReply", Bool, Some("TRUE")),
    ("zimbraPrefDisplayExternalImages", Bool, Some("FALSE")),
    ("zimbraPrefDisplayTimeInMailList", Bool, Some("FALSE")),
    ("zimbraPrefExternalSendersType", Word(&["ALL", "ALLNOTINAB", "INAB", "INSD"]), Some("ALL")),
    ("zimbraPrefFileSharingApplication", Word(&["briefcase", "octopus"]), Some("briefcase")),
    ("zimbraPrefFolderColorEnabled", Bool, Some("TRUE")),
    ("zimbraPrefFolderTreeOpen", Bool, Some("TRUE")),
    ("zimbraPrefFont", Text, Some("system")),
    ("zimbraPrefForwardIncludeOriginalText", Word(INCLUDES), Some("includeBody")),
    ("zimbraPrefForwardReplyFormat", Word(FORMATS), Some("text")),
    ("zimbraPrefForwardReplyInOriginalFormat", Bool, Some("TRUE")),
    ("zimbraPrefForwardReplyPrefixChar", Text, Some(">")),
    ("zimbraPrefForwardReplySignatureId", Text, None),
    ("zimbraPrefFreeBusyCalendarId", Text, None),
    ("zimbraPrefFromAddress", Text, None),
    ("zimbraPrefFromAddressType", Word(&["sendAs", "sendOnBehalfOf"]), Some("sendAs")),
    ("zimbraPrefFromDisplay", Text, None),
    ("zimbraPrefGalAutoCompleteEnabled", Bool, Some("TRUE")),
    ("zimbraPrefGalSearchEnabled", Bool, Some("TRUE")),
    ("zimbraPrefGetMailAction", Word(&["default", "update"]), Some("default")),
    ("zimbraPrefGroupMailBy", Word(VIEWS), Some("conversation")),
    ("zimbraPrefHtmlEditorDefaultFontColor", Text, Some("#000000")),
    ("zimbraPrefHtmlEditorDefaultFontFamily", Text, Some("arial, helvetica, sans-serif")),
    ("zimbraPrefHtmlEditorDefaultFontSize", Text, Some("12pt")),
    ("zimbraPrefIMAutoLogin", Bool, Some("FALSE")),
    ("zimbraPrefImapSearchFoldersEnabled", Bool, Some("TRUE")),
    ("zimbraPrefInboxReadLifetime", Duration, Some("0")),
    ("zimbraPrefInboxUnreadLifetime", Duration, Some("0")),
    ("zimbraPrefIncludeSharedItemsInSearch", Bool, Some("FALSE")),
    ("zimbraPrefIncludeSpamInSearch", Bool, Some("FALSE")),
    ("zimbraPrefIncludeTrashInSearch", Bool, Some("FALSE")),
    ("zimbraPrefItemsPerVirtualPage", Number(1, 1_000), Some("50")),
    ("zimbraPrefJunkLifetime", Duration, Some("0")),
    ("zimbraPrefListViewColumns", Text, None),
    ("zimbraPrefLocale", Text, Some("en_US")),
    ("zimbraPrefMailDefaultCharset", Text, None),
    ("zimbraPrefMailFlashIcon", Bool, Some("FALSE")),
    ("zimbraPrefMailFlashTitle", Bool, Some("FALSE")),
    ("zimbraPrefMailFoldersCheckedForNewMsgIndicator", Text, None),
    ("zimbraPrefMailForwardingAddress", Text, None),
    ("zimbraPrefMailInitialSearch", Text, Some("in:inbox")),
    ("zimbraPrefMailItemsPerPage", Number(1, 1_000), Some("100")),
    ("zimbraPrefMailLocalDeliveryDisabled", Bool, Some("FALSE")),
    ("zimbraPrefMailPollingInterval", Duration, Some("5m")),
    ("zimbraPrefMailRequestReadReceipts", Bool, Some("FALSE")),
    ("zimbraPrefMailSelectAfterDelete", Word(&["next", "previous", "adaptive"]), Some("next")),
    ("zimbraPrefMailSendReadReceipts", Word(RECEIPTS), Some("prompt")),
    ("zimbraPrefMailSignature", Text, None),
    ("zimbraPrefMailSignatureEnabled", Bool, Some("FALSE")),
    ("zimbraPrefMailSignatureStyle", Word(&["internet", "outlook"]), Some("outlook")),
    ("zimbraPrefMailSoundsEnabled", Bool, Some("FALSE")),
    ("zimbraPrefMailToasterEnabled", Bool, Some("FALSE")),
    ("zimbraPrefMailTrustedSenderList", Text, None),
    ("zimbraPrefMandatorySpellCheckEnabled", Bool, Some("FALSE")),
    ("zimbraPrefMarkMsgRead", Number(-1, 100_000), Some("0")),
    ("zimbraPrefMessageIdDedupingEnabled", Bool, Some("TRUE")),
    ("zimbraPrefMessageViewHtmlPreferred", Bool, Some("TRUE")),
    ("zimbraPrefMultipleNewMessageWindows", Bool, None),
    ("zimbraPrefNewMailNotificationAddress", Text, None),
    ("zimbraPrefNewMailNotificationEnabled", Bool, Some("FALSE")),
    ("zimbraPrefOpenMailInNewWindow", Bool, Some("FALSE")),
    ("zimbraPrefOutOfOfficeCacheDuration", Duration, Some("7d")),
    ("zimbraPrefOutOfOfficeDirectAddress", Text, None),
    ("zimbraPrefOutOfOfficeExternalReply", Text, None),
    ("zimbraPrefOutOfOfficeExternalReplyEnabled", Bool, Some("FALSE")),
    ("zimbraPrefOutOfOfficeFreeBusyStatus", Word(&["OUTOFOFFICE", "BUSY"]), Some("OUTOFOFFICE")),
    ("zimbraPrefOutOfOfficeFromDate", Text, None),
    ("zimbraPrefOutOfOfficeReply", Text, None),
    ("zimbraPrefOutOfOfficeReplyEnabled", Bool, Some("FALSE")),
    ("zimbraPrefOutOfOfficeStatusAlertOnLogin", Bool, Some("TRUE")),
    ("zimbraPrefOutOfOfficeSuppressExternalReply", Bool, Some("FALSE")),
    ("zimbraPrefOutOfOfficeUntilDate", Text, None),
    ("zimbraPrefPop3DeleteOption", Word(&["delete", "trash", "read", "keep"]), Some("delete")),
    ("zimbraPrefPop3DownloadSince", Text, None),
    ("zimbraPrefPop3IncludeSpam", Bool, Some("FALSE")),
    ("zimbraPrefPowerPasteEnabled", Bool, Some("FALSE")),
    ("zimbraPrefQuickCommand", Text, None),
    ("zimbraPrefReadingPaneEnabled", Bool, Some("TRUE")),
    ("zimbraPrefReadingPaneLocation", Word(PANES), Some("right")),
    ("zimbraPrefReadReceiptsToAddress", Text, None),
    ("zimbraPrefReplyIncludeOriginalText", Word(INCLUDES), Some("includeBody")),
    ("zimbraPrefReplyToAddress", Text, None),
    ("zimbraPrefReplyToDisplay", Text, None),
    ("zimbraPrefReplyToEnabled", Bool, None),
    ("zimbraPrefSaveToSent", Bool, Some("TRUE")),
    ("zimbraPrefSearchTreeOpen", Bool, Some("TRUE")),
    ("zimbraPrefSentLifetime", Duration, Some("0")),
    ("zimbraPrefSentMailFolder", Text, Some("sent")),
    ("zimbraPrefSharedAddrBookAutoCompleteEnabled", Bool, Some("FALSE")),
    ("zimbraPrefShortEmailAddress", Bool, Some("TRUE")),
    ("zimbraPrefShowAllNewMailNotifications", Bool, Some("FALSE")),
    ("zimbraPrefShowCalendarWeek", Bool, Some("FALSE")),
    ("zimbraPrefShowChatsFolderInMail", Bool, Some("FALSE")),
    ("zimbraPrefShowComposeDirection", Bool, Some("FALSE")),
    ("zimbraPrefShowFragments", Bool, Some("TRUE")),
    ("zimbraPrefShowSearchString", Bool, Some("FALSE")),
    ("zimbraPrefShowSelectionCheckbox", Bool, Some("FALSE")),
    ("zimbraPrefSkin", Text, Some("harmony")),
    (
        "zimbraPrefSortOrder",
        Text,
        Some("BDLV:,CAL:,CLV:,CLV-SR-1:dateDesc,CLV-main:dateDesc,CNS:,CNSRC:,CNTGT:,CV:,TKL:,TV:,TV-main:dateDesc"),
    ),
    ("zimbraPrefSpellDictionary", Text, None),
    ("zimbraPrefSpellIgnoreAllCaps", Bool, Some("TRUE")),
    ("zimbraPrefSpellIgnorePattern", Text, None),
    ("zimbraPrefSpellIgnoreWord", Text, None),
    ("zimbraPrefStandardClientAccessibilityMode", Bool, Some("FALSE")),
    ("zimbraPrefTabInEditorEnabled", Bool, Some("FALSE")),
    ("zimbraPrefTagTreeOpen", Bool, Some("TRUE")),
    (
        "zimbraPrefTasksFilterBy",
        Word(&["TODO", "COMPLETED", "WAITING", "DEFERRED", "INPROGRESS", "NOTSTARTED", ""]),
        None,
    ),
    ("zimbraPrefTasksReadingPaneLocation", Word(PANES), Some("bottom")),
    ("zimbraPrefTimeZoneId", Text, Some("America/Los_Angeles")),
    ("zimbraPrefTrashLifetime", Duration, Some("0")),
    ("zimbraPrefUseKeyboardShortcuts", Bool, Some("TRUE")),
    ("zimbraPrefUseRfc2231", Bool, Some("FALSE")),
    ("zimbraPrefUseSendMsgShortcut", Bool, Some("TRUE")),
    ("zimbraPrefUseTimeZoneListInCalendar", Bool, Some("FALSE")),
    ("zimbraPrefVoiceItemsPerPage", Number(1, 1_000), Some("25")),
    ("zimbraPrefWarnOnExit", Bool, Some("TRUE")),
    ("zimbraPrefWhenInFolderIds", Text, None),
    ("zimbraPrefWhenInFoldersEnabled", Bool, None),
    ("zimbraPrefWhenSentToAddresses", Text, None),
    ("zimbraPrefWhenSentToEnabled", Bool, None),
    ("zimbraPrefZimletTreeOpen", Bool, Some("FALSE")),
];

/// Names with what holds where nothing is said.
pub fn defaults() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.iter().filter_map(|(name, _, default)| Some((*name, (*default)?)))
}

/// An empty value takes a preference away. Names that are not in the table are whoever's set them, but a switch is a switch.
pub fn check(name: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    let known = KNOWN.iter().find(|(known, ..)| *known == name).map(|(_, is, _)| is);
    let fits = match known {
        Some(Bool) => matches!(value, "TRUE" | "FALSE"),
        None if name.ends_with("Enabled") => matches!(value, "TRUE" | "FALSE"),
        Some(Number(from, to)) => value.parse::<i64>().is_ok_and(|number| (*from..=*to).contains(&number)),
        Some(Duration) => is_duration(value),
        Some(Word(words)) => words.contains(&value),
        Some(Text) | None => true,
    };
    if fits { Ok(()) } else { Err(Fault::new("account.INVALID_ATTR_VALUE", format!("{name} can't be {value:?}"))) }
}

fn is_duration(value: &str) -> bool {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &value[digits.len()..];
    !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && matches!(unit, "" | "ms" | "s" | "m" | "h" | "d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_values() {
        for (name, value) in defaults() {
            assert!(check(name, value).is_ok(), "{name}");
        }
        let mut names: Vec<&str> = KNOWN.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len(), "each once");
    }

    #[test]
    fn values() {
        for (name, value, good) in [
            ("zimbraPrefSaveToSent", "true", false),
            ("zimbraPrefSaveToSent", "", true),
            ("zimbraPrefMailItemsPerPage", "0", false),
            ("zimbraPrefMailPollingInterval", "5 minutes", false),
            ("zimbraPrefMailPollingInterval", "10m", true),
            ("zimbraPrefComposeFormat", "rtf", false),
            ("zimbraPrefOwnEnabled", "yes", false),
            ("zimbraPrefOwn", "yes", true),
        ] {
            assert_eq!(check(name, value).is_ok(), good, "{name} {value}");
        }
    }
}
