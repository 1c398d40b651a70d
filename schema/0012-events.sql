-- Events are read on from a number, by their numbers: nobody asks for those of one target.
DROP INDEX events_by_target;
