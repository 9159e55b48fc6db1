DROP TRIGGER {trigger} ON {usage}
