-- Splits and redemptions: each posting's ref is the number of the command (movements.ref).

INSERT INTO posting_kinds VALUES (42, 'corporate action');
