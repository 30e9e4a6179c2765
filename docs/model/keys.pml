/* The life of one application's keys. README.md explains it. Each #ifdef takes one defence out; the properties must then fail. */
#define KEYS     3 /* key 1 is in use at the start, the others are made by rotations */
#define COMMANDS 3 /* commands that are run, two of them at once */
#define CRASHES  1 /* commands that are killed between two steps */
#define SETTLE   2 /* ticks that `rotate` waits; a reader has seen a change before they are over */
#define LIFETIME 1 /* ticks that a token is valid */
#define LEEWAY   2 /* ticks that `retire` waits in addition: a copy signs with the old key until it has read the new one */
#define SEEN     2 /* ticks after which each reader has seen a change */
#ifdef NO_RETIRE_WAIT
#define WAIT     0
#else
#ifdef NO_LEEWAY
#define WAIT     LIFETIME
#else
#define WAIT     (LIFETIME + LEEWAY)
#endif
#endif
#define BIT(key) (1 << (key))

/* The files. Key 0 is no key. */
byte published = BIT(1), newest = 1; /* <appId>_public.pem: its keys as a set, and the one on top */
byte private = 1, next = 0;          /* <appId>_private.pem, and the private key that a rotation has prepared */
bool marker, registry;               /* <appId>_revoked exists; revokedAt is in applications.json */
byte lock;                           /* <appId>_public.pem.lock: the number of its holder, 0 if there is none */
byte unused = 2, sincePrivate = LIFETIME + LEEWAY; /* the next key to make; ticks since the private key was replaced */
byte timer[3], commands, crashes, running;         /* `timer` by person, 1 and 2 */

/* What the readers saw last, and for how many ticks it has been out of date. */
byte keysOf[2], keysAge[2], signsWith[2], signsAge[2], registryAge[2];
bool revoked[2], restored;

/* For the properties: ticks for which a token of each key is still valid; the progress of a revocation. */
byte valid[KEYS + 1];
bool revoking, isRemoved; /* `revoke` has begun; it has removed the key, or marked the registry */
byte lockedOut[2], sinceRevoked;
bool isRevoked, isFirst; /* the first key is not published yet: `provision` was cut short */

#define ACCEPTS(p) (keysOf[p] != 0 && !revoked[p])
#define MISSES(p, key) (valid[key] > 0 && !(keysOf[p] & BIT(key)))

/* After each look: the tokens in use are accepted until a revocation begins. What was locked out stays out. */
inline check(p) {
  assert(revoking || isFirst || !(revoked[p] || MISSES(p, 1) || MISSES(p, 2) || MISSES(p, 3)));
  assert(!(ACCEPTS(p) && (lockedOut[p] == SEEN || (isRevoked && sinceRevoked == SEEN))))
}

/* A command may be killed after each step. Its lock is then removed by the next command, which may be the same one again. */
#define MAY_CRASH if :: crashes < CRASHES -> crashes++; goto killed :: true fi
#define REFUSE    goto over

proctype Person(byte me) {
  byte key, text;
  do
  :: atomic { commands < COMMANDS && (me == 1 || commands > 0) -> commands++; running++;
              if :: goto rotate :: goto retire :: goto revoke :: goto provision fi };

rotate:
     atomic { if :: marker || registry || published == 0 -> REFUSE :: else fi;
              if :: next == 0 && unused > KEYS -> REFUSE :: else fi;
              if :: next == 0 -> next = unused; unused++ :: else fi; MAY_CRASH };
     atomic { key = next; if :: key == 0 -> REFUSE :: else fi };
#ifdef PRIVATE_FIRST
     atomic { private = key; sincePrivate = 0; MAY_CRASH };
#endif
     /* publishKey: under the lock, the old text and the marker are read; then the new text gets its name. */
#ifndef NO_LOCK
     atomic { lock == 0 -> lock = me; MAY_CRASH };
#endif
     atomic { if :: marker -> REFUSE :: else fi;
#ifndef TAKE_ANY
              if :: newest != key && next != key -> REFUSE :: else fi;
#endif
              text = published; MAY_CRASH };
     atomic { if
              :: text != 0 && newest == key
              :: text != 0 && newest != key && (text & BIT(key)) -> REFUSE
              :: text == 0 -> REFUSE
              :: else ->
#ifdef REPLACE_PUBLIC
                 published = BIT(key);
#else
                 published = text | BIT(key);
#endif
                 newest = key
              fi; lock = 0; text = 0; timer[me] = SETTLE; MAY_CRASH };
#ifndef NO_SETTLE
     atomic { timer[me] == 0; MAY_CRASH };
#endif
#ifdef TAKE_ANY
     atomic { if :: !(published & BIT(key)) -> REFUSE :: else fi; MAY_CRASH };
     atomic { if :: next == 0 -> REFUSE :: else fi; private = next; sincePrivate = 0; MAY_CRASH };
#else
     atomic { lock == 0 -> lock = me; MAY_CRASH };
     atomic { if :: !(published & BIT(key)) || next != key -> REFUSE :: else fi;
              private = key; sincePrivate = 0; MAY_CRASH };
#endif
     atomic { next = 0; MAY_CRASH };
     goto over;

retire:
#ifndef NO_LOCK
     atomic { lock == 0 -> lock = me; MAY_CRASH };
#endif
     atomic { if :: published == 0 || sincePrivate < WAIT -> REFUSE :: else fi;
#ifndef RETIRE_UNFINISHED
              if :: private != newest -> REFUSE :: else fi;
#endif
              key = newest; MAY_CRASH };
     atomic { published = BIT(key); newest = key };
     goto over;

revoke:
#ifdef REGISTRY_FIRST
     atomic { revoking = true; registry = true; isRemoved = true; MAY_CRASH };
#endif
#ifndef MARKER_LATE
     atomic { revoking = true; marker = true; MAY_CRASH };
#endif
#ifndef NO_LOCK
     atomic { lock == 0 -> lock = me; MAY_CRASH };
#endif
     atomic { revoking = true; published = 0; newest = 0; isRemoved = true; lock = 0; MAY_CRASH };
#ifdef MARKER_LATE
     atomic { marker = true; MAY_CRASH };
#endif
     atomic { registry = true; MAY_CRASH };
     isRevoked = true;
     goto over;

provision:
     atomic { if :: marker || registry || published != 0 -> REFUSE :: else fi; MAY_CRASH };
#ifndef PROVISION_UNLOCKED
     atomic { lock == 0 -> lock = me; MAY_CRASH };
#endif
     atomic { if :: marker || published != 0 -> REFUSE :: else fi; MAY_CRASH };
     atomic { published = BIT(private); newest = private };

over: atomic {
       if :: lock == me -> lock = 0 :: else fi; key = 0; text = 0; timer[me] = 0; running--;
       /* Both are done, none was killed: the state is one that they leave one after the other. */
       if :: running == 0 && crashes == 0 ->
             assert(revoking || (isFirst && published == 0) -> published == 0 : (newest == private && next == 0 && (published & BIT(private))))
          :: else
       fi };
     goto done;
killed: atomic { if :: lock == me -> lock = 0 :: else fi; key = 0; text = 0; timer[me] = 0; running-- };
done: skip
  :: else -> break
  od
}

#define AGES(age, isOld) if :: isOld -> age++ :: else -> age = 0 fi
#define ON_TIME(age, isOld) (!(isOld) || age < SEEN - 1)
#define EXPIRES(key) if :: signsWith[0] == key || signsWith[1] == key -> valid[key] = LIFETIME + 1 \
                        :: else -> if :: valid[key] > 0 -> valid[key]-- :: else fi fi

inline look(p) {
  if
  :: d_step { keysOf[p] != published -> keysOf[p] = published; keysAge[p] = 0; check(p) }
  :: d_step { revoked[p] != registry -> revoked[p] = registry; registryAge[p] = 0; check(p) }
  :: d_step { signsWith[p] != private -> signsWith[p] = private; signsAge[p] = 0;
              valid[private] = LIFETIME + 1; check(0); check(1) }
  fi
}

inline tickOf(p) {
  AGES(keysAge[p], keysOf[p] != published); AGES(registryAge[p], revoked[p] != registry);
  AGES(signsAge[p], signsWith[p] != private);
  if
  :: lockedOut[p] == SEEN
  :: lockedOut[p] < SEEN && isRemoved && !ACCEPTS(p) -> lockedOut[p]++
  :: else -> lockedOut[p] = 0
  fi
}

/* Every reader looks at any time, but in time. The registry may be restored from a backup, or could not be written. */
proctype World() {
  do
  :: look(0)
  :: look(1)
  :: d_step { registry && !restored -> registry = false; restored = true }
  :: d_step { ON_TIME(keysAge[0], keysOf[0] != published) && ON_TIME(keysAge[1], keysOf[1] != published) &&
       ON_TIME(registryAge[0], revoked[0] != registry) && ON_TIME(registryAge[1], revoked[1] != registry) &&
       ON_TIME(signsAge[0], signsWith[0] != private) && ON_TIME(signsAge[1], signsWith[1] != private) ->
       tickOf(0); tickOf(1);
       EXPIRES(1); EXPIRES(2); EXPIRES(3);
       if :: timer[1] > 0 -> timer[1]-- :: else fi; if :: timer[2] > 0 -> timer[2]-- :: else fi;
       if :: sincePrivate < LIFETIME + LEEWAY -> sincePrivate++ :: else fi;
       if :: isRevoked && sinceRevoked < SEEN -> sinceRevoked++ :: else fi;
       check(0); check(1) }
  od
}

init {
  if :: d_step { isFirst = true; published = 0; newest = 0 } :: true fi;
  d_step { keysOf[0] = published; keysOf[1] = published; signsWith[0] = 1; signsWith[1] = 1; valid[1] = LIFETIME + 1 };
  atomic { run Person(1); run Person(2); run World() }
}
