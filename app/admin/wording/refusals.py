"""What the program refuses an editor with, in its own words, for the catalogues."""

from app.admin.wording.i18n import N_

REFUSALS = (
    N_("A post needs a title or a description."),
    N_("The article changed after you had opened the post. Read it again, then approve it."),
    N_("Choose who may see the post: nobody has chosen it for this account yet."),
    N_("Branded content visibility cannot be set to private."),
    N_("Branded content visibility cannot be set to private: choose another audience."),
    N_("E-mail address or password is wrong"),
    N_("Too many wrong logins. Wait a little, then try again."),
    N_("Client key and secret of the TikTok app are missing. Enter them on the settings page"),
    N_("Give the client secret that belongs to this client key."),
    N_("The redirect address is no address."),
    N_(
        "The redirect address must be https, or http on this machine, shorter than 512 characters, without query and"
        " fragment, and registered at TikTok to the letter."
    ),
    N_("The account is disconnected. Connect it first"),
    N_("TikTok no longer accepts this account's permission. Connect the account again"),
    N_("The account's token could not be renewed just now. It is tried again"),
    N_("TikTok takes only so many calls a minute. This one waits for its turn"),
    N_("TikTok tells this only with the permission to publish, which was not granted."),
    N_("This connection was decided already, or nobody decided in time. Connect the account again"),
    N_("This account is being connected elsewhere just now. Look again in a moment."),
    N_("A verification file is called tiktok….txt, with letters, digits, - and _: keep TikTok's name."),
    N_("The content is not text."),
    N_("This file was saved by somebody else in this moment. Look, then try again."),
    N_("The credentials were changed elsewhere just now. Load the page again."),
    N_("The creator has not granted the permission that this needs. Connect the account again with it ticked"),
    N_(
        "The stored secrets were sealed with a key that is not in NEWSREEL_SECRET_KEY. Put that key back, or enter the"
        " client secret and connect the accounts again"
    ),
    N_("There is no token stored. Connect the account again."),
    N_("This password is among the first to be guessed. Choose another: a few words make a good one."),
    N_("The password was changed elsewhere just now."),
    N_("The values are not acceptable"),
    N_("The other service failed"),
    N_("The content must be 1 to 1024 bytes of text, as TikTok gave it."),
    N_("name: must have 1 to 200 characters"),
    N_("card_name: must have at most 60 characters"),
    N_("Name each picture once, by its number."),
    N_("A video has no pictures to choose from."),
    N_("The pictures are no longer kept here. Send the post again without choosing: they are fetched."),
    N_("options.language: Value error, must look like kk, ru or en-GB"),
    N_("options.opt_in_tag: Value error, must name a tag"),
    N_("That is no address of TikTok's. Copy the post's address from TikTok, or leave the field empty."),
    N_(
        "A short link does not say whose post it is. Open it, then copy the address that the browser shows, or leave"
        " the field empty."
    ),
    N_(
        "That is no address of a post. It looks like https://www.tiktok.com/@name/video/7123456789: copy it from"
        " TikTok, or leave the field empty."
    ),
)

REFUSAL_PATTERNS = (
    N_(
        "That is a post of @%(other)s, and this one belongs to @%(own)s. Look whether it is the right post; if the"
        " account has a new name, leave the field empty."
    ),
    N_("options.timezone: Value error, must be a time zone's name, such as Asia/Almaty or UTC"),
)
